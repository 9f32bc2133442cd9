"""The batch's state machine: Plan → Dispatch or Send → Gatekeeper ⟲ → Report."""

from typing import cast

from aws_cdk import Aws, CfnElement, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct, IConstruct

from stacks.constructs.batch_dispatch import BatchDispatch
from stacks.constructs.batch_report import BatchReport
from stacks.constructs.continue_as_new import ContinueAsNew
from stacks.constructs.gatekeeper_loop import GatekeeperLoop
from stacks.constructs.log import Log
from stacks.constructs.nag import acknowledge, wildcard
from stacks.constructs.transient import retry_transient
from stacks.environment import Environment
from stacks.names import Names


class BatchWorkflow(Construct):
    """The state machine, readable in the console from its state names alone.

    Parameters
    ----------
    plan, work, send, gatekeeper, report : IFunction
    bucket : IBucket
        Holds the chunk index that the map reads, and the map's results.
    bus : IEventBus
    topic : ITopic
        Where reports are told.
    environment : Environment
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        plan: lambda_.IFunction,
        work: lambda_.IFunction,
        send: lambda_.IFunction,
        gatekeeper: lambda_.IFunction,
        report: lambda_.IFunction,
        bucket: s3.IBucket,
        bus: events.IEventBus,
        topic: sns.ITopic,
        environment: Environment,
    ) -> None:
        super().__init__(scope, id)
        self._functions, self._bucket = (plan, work, send, gatekeeper, report), bucket
        loop = GatekeeperLoop(
            self,
            "Loop",
            check=gatekeeper,
            attempts=environment.not_ready_attempts,
            exhausted=ContinueAsNew(self, "ContinueAsNew").start,
        )
        loop.gatekeeper.next(BatchReport(self, "Reporting", report=report, bus=bus, topic=topic).start)
        dispatch = BatchDispatch(self, "Dispatching", work=work, send=send, bucket=bucket, environment=environment)
        dispatch.next(loop.gatekeeper)
        self._machine(self._plan(plan).next(self._next(dispatch, loop)), environment)

    def _next(self, dispatch: BatchDispatch, loop: GatekeeperLoop) -> sfn.Choice:
        choice = sfn.Choice(self, "Next", state_name="What next?", comment="As the plan says.")
        ways: dict[str, sfn.IChainable] = {
            "map": dispatch.map,
            "queue": dispatch.send,
            "dry_run": sfn.Succeed(self, "DryRun", state_name="Dry run"),
        }
        if loop.force:
            ways["force"] = loop.force
        for word, state in ways.items():
            choice.when(sfn.Condition.string_equals("$.next", word), state)
        choice.otherwise(loop.gatekeeper)
        return choice

    def _plan(self, plan: lambda_.IFunction) -> tasks.LambdaInvoke:
        task = tasks.LambdaInvoke(
            self,
            "Plan",
            state_name="Plan",
            comment="Checks the input and the manifest, cuts it into chunks. Nothing is dispatched before.",
            lambda_function=plan,
            payload=sfn.TaskInput.from_object(
                {
                    "input": sfn.JsonPath.object_at("$"),
                    "execution": {
                        "name": sfn.JsonPath.execution_name,
                        "started": sfn.JsonPath.execution_start_time,
                    },
                }
            ),
            payload_response_only=True,
            retry_on_service_exceptions=False,
        )
        retry_transient(task)
        task.add_catch(self._bad_input(), errors=["BadInput"])
        return task

    def _bad_input(self) -> sfn.Pass:
        explain = sfn.Pass(
            self,
            "ExplainBadInput",
            state_name="Explain bad input",
            comment="Takes the message out of the function's error.",
            parameters={"problem": sfn.JsonPath.string_to_json(sfn.JsonPath.string_at("$.Cause"))},
        )
        fail = sfn.Fail(self, "BadInput", state_name="Bad input", error="BadInput", cause_path="$.problem.errorMessage")
        explain.next(fail)
        return explain

    def _machine(self, start: sfn.IChainable, environment: Environment) -> None:
        name = Names(environment.name).state_machine
        log = Log(self, name=f"/aws/vendedlogs/states/{name}", environment=environment).group
        machine = sfn.StateMachine(
            self,
            "Machine",
            state_machine_name=name,
            definition_body=sfn.DefinitionBody.from_chainable(start),
            state_machine_type=sfn.StateMachineType.STANDARD,
            tracing_enabled=True,
            logs=sfn.LogOptions(destination=log, level=sfn.LogLevel.ALL, include_execution_data=False),
        )
        acknowledge(machine, self._reasons(machine))

    def _reasons(self, machine: sfn.StateMachine) -> dict[str, str]:
        stack = Stack.of(self)
        select = f'{{"Fn::Select":[6,{{"Fn::Split":[":",{{"Ref":"{stack.get_logical_id(_resource(machine))}"}}]}}]}}'
        executions = f"arn:{stack.partition}:states:{stack.region}:{stack.account}:execution:{select}"
        own = "Executions of this machine's own map runs, whose names are made at run time."
        functions = [f"<{stack.get_logical_id(_resource(function))}.Arn>:*" for function in self._functions]
        return {wildcard(function): "Versions of one named function." for function in functions} | {
            wildcard("*"): "Log delivery and X-Ray, whose actions take no resource.",
            wildcard(f"arn:{Aws.PARTITION}:s3:::{self._bucket.bucket_name}/*"): (
                "Objects of the batches bucket: the construct of the CDK grants them as a whole."
            ),
            wildcard(f"{executions}:*"): own,
            wildcard(f"{executions}/*:*"): own,
        }


def _resource(construct: IConstruct) -> CfnElement:
    return cast("CfnElement", construct.node.default_child)
