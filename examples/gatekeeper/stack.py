"""A queue, a bucket, and a state machine that waits for each."""

from collections.abc import Mapping
from pathlib import Path

from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from stacks.constructs.bundling import as_it_is, package, requirements
from stacks.constructs.gatekeeper_loop import GatekeeperLoop
from stacks.constructs.layer import architecture, runtime
from stacks.environment import Environment

HERE = Path(__file__).parent
LAYERS = HERE.parent.parent / "layers"
MARGIN_SECONDS = 30  # of a function's timeout, beyond its pauses


class GatekeeperExample(Stack):
    """Needs nothing else of Tallygate deployed.

    Parameters
    ----------
    environment : Environment
        Processor, Python, and whether plain http is refused.
    looks, pause_seconds : int
        See `tallygate.checks.QueueDrained`.
    """

    def __init__(self, scope: Construct, *, environment: Environment, looks: int, pause_seconds: int) -> None:
        name = f"tallygate-{environment.name}-gatekeeper-example"
        super().__init__(scope, "GatekeeperExample", stack_name=name, description="Tallygate: gatekeeper loops")
        self._environment = environment
        self._layers = [
            self._layer("Vendor", requirements(LAYERS / "vendor/requirements.txt", environment=environment)),
            self._layer("Library", package(LAYERS / "tallygate", name="tallygate", environment=environment)),
        ]
        self._drained(looks, pause_seconds)
        self._counted()

    def _drained(self, looks: int, pause_seconds: int) -> None:
        queue = sqs.Queue(self, "Queue", enforce_ssl=self._environment.tls_only, removal_policy=RemovalPolicy.DESTROY)
        settings = {"QUEUE_URL": queue.queue_url, "LOOKS": str(looks), "PAUSE_SECONDS": str(pause_seconds)}
        check = self._check("drained", settings, seconds=(looks - 1) * pause_seconds + MARGIN_SECONDS)
        queue.grant(check, "sqs:GetQueueAttributes")
        # A queue that nobody empties is a fault: after 300 polls, 5 hours at most, the execution fails.
        longest = Duration.minutes(1)
        loop = GatekeeperLoop(self, "DrainedLoop", check=check, attempts=300, longest=longest, force=False)
        self._machine("Drained", loop)
        CfnOutput(self, "QueueUrl", value=queue.queue_url)

    def _counted(self) -> None:
        bucket = s3.Bucket(
            self,
            "Bucket",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=self._environment.tls_only,
            removal_policy=RemovalPolicy.DESTROY,
        )
        check = self._check("counted", {"BUCKET": bucket.bucket_name}, seconds=60)
        check.add_to_role_policy(iam.PolicyStatement(actions=["s3:ListBucket"], resources=[bucket.bucket_arn]))
        # Some results are better than none: after 12 polls, 8 minutes at most, it goes on with what is there.
        first, longest = Duration.seconds(5), Duration.minutes(1)
        loop = GatekeeperLoop(self, "CountedLoop", check=check, attempts=12, interval=first, longest=longest)
        self._machine("Counted", loop)
        CfnOutput(self, "BucketName", value=bucket.bucket_name)

    def _check(self, folder: str, settings: Mapping[str, str], *, seconds: int) -> lambda_.Function:
        return lambda_.Function(
            self,
            folder.capitalize(),
            runtime=runtime(self._environment),
            architecture=architecture(self._environment),
            handler="handler.handler",
            code=as_it_is(HERE / "lambdas" / folder),
            layers=self._layers,
            environment=dict(settings),
            timeout=Duration.seconds(seconds),
            memory_size=256,
        )

    def _machine(self, name: str, loop: GatekeeperLoop) -> None:
        loop.gatekeeper.next(sfn.Succeed(self, f"{name}Done", state_name="Done"))
        start = sfn.DefinitionBody.from_chainable(loop.start)
        machine = sfn.StateMachine(self, f"{name}Machine", definition_body=start)
        CfnOutput(self, f"{name}MachineArn", value=machine.state_machine_arn)

    def _layer(self, name: str, code: lambda_.Code) -> lambda_.LayerVersion:
        return lambda_.LayerVersion(self, name, code=code, compatible_runtimes=[runtime(self._environment)])
