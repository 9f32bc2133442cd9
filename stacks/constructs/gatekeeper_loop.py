"""The gatekeeper loop: wait until a check passes, and at the end of patience force it."""

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from stacks.constructs.transient import retry_transient

NOT_READY = "NotReadyError"
DEADLINE_PASSED = "DeadlinePassed"
FORCE_INCOMPLETE = "ForceIncomplete"


class GatekeeperLoop(Construct):
    """States `Gatekeeper` and `ForceGatekeeper`.

    The check is a function that returns when what follows may begin. Until then it raises `NotReadyError`, which is
    retried after 2 s, 3 s … 30 s; with `DeadlinePassed`, or when all tries are used up, it is called again with
    `"force": true` and must then make it so. Any other error fails the execution, which can be redriven: a missing
    permission must not be taken for patience.

    Parameters
    ----------
    check : IFunction
        Gets the machine's state.
    attempts : int
        Polls before it is forced.

    Attributes
    ----------
    gatekeeper : LambdaInvoke
        Where to enter; continue with `gatekeeper.next(…)`. Its result stands under `$.gatekeeper`.
    """

    def __init__(self, scope: Construct, id: str, *, check: lambda_.IFunction, attempts: int) -> None:
        super().__init__(scope, id)
        self.gatekeeper = tasks.LambdaInvoke(
            self,
            "Gatekeeper",
            state_name="Gatekeeper",
            comment="Passes when every chunk has its record; waits while it raises NotReadyError.",
            lambda_function=check,
            payload_response_only=True,
            result_path="$.gatekeeper",
            retry_on_service_exceptions=False,
        )
        self._retry(attempts)
        force = sfn.Pass(
            self,
            "ForceGatekeeper",
            state_name="ForceGatekeeper",
            comment="What is still missing is abandoned.",
            result=sfn.Result.from_boolean(value=True),
            result_path="$.force",
        )
        self.gatekeeper.add_catch(force, errors=[NOT_READY, DEADLINE_PASSED], result_path="$.not_ready")
        force.next(self.gatekeeper)

    def _retry(self, attempts: int) -> None:
        self.gatekeeper.add_retry(
            errors=[NOT_READY],
            interval=Duration.seconds(2),
            backoff_rate=1.5,
            max_delay=Duration.seconds(30),
            jitter_strategy=sfn.JitterType.FULL,
            max_attempts=attempts,
        )
        self.gatekeeper.add_retry(
            errors=[FORCE_INCOMPLETE],
            interval=Duration.seconds(1),
            backoff_rate=1.5,
            max_delay=Duration.seconds(10),
            max_attempts=1000,
        )
        retry_transient(self.gatekeeper)
