"""The batch's state machine: Plan → Dispatch → Gatekeeper ⟲ → Report."""

from typing import cast

from aws_cdk import Aws, CfnElement, Duration, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct, IConstruct

from stacks.constructs.batches_bucket import OURS
from stacks.constructs.gatekeeper_loop import GatekeeperLoop
from stacks.constructs.log import Log
from stacks.constructs.nag import acknowledge, wildcard
from stacks.constructs.transient import retry_service, retry_transient
from stacks.environments import Environment
from stacks.names import Names


class BatchWorkflow(Construct):
    """The state machine, readable in the console from its state names alone.

    Parameters
    ----------
    plan, work, gatekeeper, report : IFunction
    bucket : IBucket
        Holds the chunk index that the map reads, and the map's results.
    environment : Environment
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        plan: lambda_.IFunction,
        work: lambda_.IFunction,
        gatekeeper: lambda_.IFunction,
        report: lambda_.IFunction,
        bucket: s3.IBucket,
        environment: Environment,
    ) -> None:
        super().__init__(scope, id)
        self._functions, self._bucket = (plan, work, gatekeeper, report), bucket
        loop = GatekeeperLoop(self, "Loop", check=gatekeeper, attempts=environment.not_ready_attempts)
        dispatch = self._dispatch(work, bucket, environment)
        # Dispatch writes nothing that is counted: whatever becomes of it, the gatekeeper sees to the rest.
        dispatch.add_catch(loop.gatekeeper, errors=["States.ALL"], result_path="$.dispatch_error")
        loop.gatekeeper.next(self._report(report))
        dispatch.next(loop.gatekeeper)
        start = self._plan(plan).next(dispatch)
        self._machine(start, environment)

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

    def _dispatch(self, work: lambda_.IFunction, bucket: s3.IBucket, environment: Environment) -> sfn.DistributedMap:
        task = tasks.LambdaInvoke(
            self,
            "Work",
            state_name="Work",
            comment="One attempt at one chunk. What counts is the chunk's record, not this state's outcome.",
            lambda_function=work,
            payload_response_only=True,
            retry_on_service_exceptions=False,
            task_timeout=sfn.Timeout.duration(Duration.seconds(environment.worker_timeout_seconds + 10)),
        )
        retry_service(task)  # an attempt that fails or dies is the gatekeeper's to repeat, when its lease has lapsed
        dispatch = sfn.DistributedMap(
            self,
            "Dispatch",
            state_name="Dispatch",
            comment="One child a chunk. It drains by itself when the batch's deadline has passed.",
            item_reader=sfn.S3JsonItemReader(bucket=bucket, key=sfn.JsonPath.string_at("$.index.key")),
            item_selector={
                "batch": sfn.JsonPath.string_at("$.batch"),
                "generation": sfn.JsonPath.number_at("$.generation"),
                "chunk": sfn.JsonPath.object_at("$$.Map.Item.Value"),
            },
            max_concurrency_path="$.concurrency",
            tolerated_failure_percentage=100,
            map_execution_type=sfn.StateMachineType.EXPRESS,
            # Without a writer a map whose results outgrow 256 KiB fails, even if they are discarded.
            result_writer_v2=sfn.ResultWriterV2(bucket=bucket, prefix=f"{OURS}map-runs/"),
            result_path=sfn.JsonPath.DISCARD,
        )
        dispatch.item_processor(task)
        return dispatch

    def _report(self, report: lambda_.IFunction) -> sfn.IChainable:
        task = tasks.LambdaInvoke(
            self,
            "Report",
            state_name="Report",
            comment="Totals, checked: ok + failed + abandoned = items.",
            lambda_function=report,
            payload_response_only=True,
            retry_on_service_exceptions=False,
        )
        retry_transient(task)
        incomplete = sfn.Fail(
            self,
            "Incomplete",
            state_name="Incomplete",
            error="Incomplete",
            cause_path=sfn.JsonPath.format(
                "{} of {} items are ok, {} failed, {} were abandoned",
                *(sfn.JsonPath.string_at(f"$.{field}") for field in ("ok", "items", "failed", "abandoned")),
            ),
        )
        choice = sfn.Choice(self, "IsComplete", state_name="Complete?")
        choice.when(
            sfn.Condition.string_equals("$.status", "complete"), sfn.Succeed(self, "Complete", state_name="Complete")
        )
        choice.when(sfn.Condition.string_equals("$.on_incomplete", "fail"), incomplete)
        choice.otherwise(sfn.Succeed(self, "Partial", state_name="Partial"))
        return task.next(choice)

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
        executions = f"arn:{Aws.PARTITION}:states:{Aws.REGION}:{Aws.ACCOUNT_ID}:execution:{select}"
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
