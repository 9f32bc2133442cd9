"""A Lambda function of ours: its folder, its settings, its own role."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from aws_cdk import Duration, Size
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.constructs import live_version
from stacks.constructs.handler_code import handler_code
from stacks.constructs.layer import architecture, runtime
from stacks.constructs.live_version import LiveVersion
from stacks.constructs.log import Log
from stacks.constructs.nag import acknowledge, wildcard
from stacks.environment import Environment
from stacks.names import Names

ROOT = Path(__file__).parent.parent.parent


class Function(Construct):
    """`lambdas/<folder>/handler.py` as a function.

    Its role has the permissions that are given and, beyond those, may only write its own log (and traces).

    Parameters
    ----------
    name : str
        The function's name within the environment.
    folder : str, optional
        The code's; by default it has the function's name.
    keep_log : bool
        The log outlives the function where the environment's data does. Not for functions that come and go: the log
        that one left behind would stand in the way when it comes back.
    layers : sequence
        Layers, by construct.
    settings : mapping of str to str
        Environment variables, read by `tallygate.settings`.
    permissions : sequence of PolicyStatement
        Exact actions on exact resources.
    timeout_seconds, memory_mb : int
    storage_mb : int
        Of `/tmp`, 512 to 10,240.
    reasons : mapping of str to str
        Of findings of cdk-nag that these permissions raise, and why they don't apply.

    reserved : int, optional
        Invocations at a time that are kept free for it, and its most.
    snap_start : bool
        False for one that is called so seldom that no snapshot of it is worth its price.

    Attributes
    ----------
    function : lambda_.Function
    called : lambda_.IFunction
        What its callers are given: the alias of its live version where the environment has snapshots, else itself.

    Raises
    ------
    BadHandler
        There is no such code.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        name: str,
        layers: Sequence[lambda_.ILayerVersion],
        settings: Mapping[str, str],
        permissions: Sequence[iam.PolicyStatement],
        timeout_seconds: int,
        memory_mb: int,
        environment: Environment,
        folder: str | None = None,
        keep_log: bool = True,
        storage_mb: int = 512,
        reasons: Mapping[str, str] | None = None,
        reserved: int | None = None,
        snap_start: bool = True,
    ) -> None:
        super().__init__(scope, name.capitalize())
        snapped = snap_start and live_version.fits(environment, storage_mb=storage_mb)
        function_name = Names(environment.name).function(name)
        log = Log(self, name=f"/aws/lambda/{function_name}", environment=environment, keep=keep_log).group
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        log.grant_write(role)
        for statement in permissions:
            role.add_to_principal_policy(statement)
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=function_name,
            runtime=runtime(environment),
            architecture=architecture(environment),
            handler="handler.handler",
            code=handler_code(ROOT / "lambdas" / (folder or name)),
            layers=list(layers),
            environment=_variables(name, settings, environment),
            role=role,
            log_group=log,
            logging_format=lambda_.LoggingFormat.JSON,  # the platform's report as fields: metrics are made of it
            timeout=Duration.seconds(timeout_seconds),
            memory_size=memory_mb,
            ephemeral_storage_size=Size.mebibytes(storage_mb) if storage_mb != 512 else None,
            tracing=lambda_.Tracing.ACTIVE if environment.tracing else lambda_.Tracing.DISABLED,
            reserved_concurrent_executions=reserved,
            snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS if snapped else None,
        )
        self.called: lambda_.IFunction = self.function
        if snapped:
            self.called = LiveVersion(self, function=self.function, layers=layers).alias
        acknowledge(self, {**_reasons(permissions), **(reasons or {})})


def _variables(name: str, settings: Mapping[str, str], environment: Environment) -> dict[str, str]:
    powertools = {
        "POWERTOOLS_SERVICE_NAME": name,
        "POWERTOOLS_METRICS_NAMESPACE": Names(environment.name).metrics,
        "POWERTOOLS_LOG_LEVEL": "INFO",
        "POWERTOOLS_TRACE_DISABLED": "false" if environment.tracing else "true",
        "TALLYGATE_ENVIRONMENT": environment.name,
    }
    return powertools | dict(settings)


def _reasons(permissions: Sequence[iam.PolicyStatement]) -> dict[str, str]:
    stars = [resource for statement in permissions for resource in statement.resources if "*" in resource]
    return {
        wildcard(resource): "The objects of a bucket that is named; which ones is known at run time."
        for resource in stars
    } | {
        wildcard("*"): "X-Ray's actions take no resource.",
        "AwsSolutions-L1": "The Python version is a field of the environment: tests run on it before it is raised.",
    }
