"""An execution whose history is nearly full hands over to a new one."""

from aws_cdk import Aws
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct


class ContinueAsNew(Construct):
    """States `Continue` and `Continued`: the same machine is started to wait for the same generation.

    A standard execution has room for 25,000 events, of which a poll takes three. The new execution's name is made from
    the old one's id, so that starting it twice starts one.

    Attributes
    ----------
    start : CustomState
        Needs `states:StartExecution` on the machine itself, which a Distributed Map needs too.
    """

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        name = "States.Format('continued-{}', States.Hash($$.Execution.Id, 'SHA-1'))"
        self.start = sfn.CustomState(
            self,
            "Continue",
            state_json={
                "Type": "Task",
                "Comment": "The execution's history is nearly full: a new one goes on waiting.",
                "Resource": f"arn:{Aws.PARTITION}:states:::states:startExecution",
                "Parameters": {
                    "StateMachineArn.$": "$$.StateMachine.Id",
                    "Name.$": name,
                    "Input": {
                        "continue.$": "$.batch",
                        "generation.$": "$.generation",
                        "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID.$": "$$.Execution.Id",
                    },
                },
                "ResultSelector": {"continued_as.$": "$.ExecutionArn"},
                "ResultPath": "$.continued",
            },
        )
        done = sfn.Succeed(self, "Continued", state_name="Continued")
        self.start.add_catch(done, errors=["StepFunctions.ExecutionAlreadyExistsException"], result_path="$.continued")
        self.start.add_retry(errors=["States.ALL"], max_attempts=8)
        self.start.next(done)
