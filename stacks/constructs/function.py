"""A Lambda function of ours: its folder, its settings, its own role."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.constructs.layer import architecture, runtime
from stacks.constructs.nag import acknowledge, wildcard
from stacks.environments import Environment
from stacks.names import Names

ROOT = Path(__file__).parent.parent.parent


class Function(Construct):
    """`lambdas/<name>/handler.py` as a function.

    Its role has the permissions that are given and, beyond those, may only write its own log (and traces).

    Parameters
    ----------
    name : str
        The folder's name.
    layers : sequence
        Layers, by construct.
    settings : mapping of str to str
        Environment variables, read by `tallygate.settings`.
    permissions : sequence of PolicyStatement
        Exact actions on exact resources.
    timeout_seconds, memory_mb : int

    Attributes
    ----------
    function : lambda_.Function
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
    ) -> None:
        super().__init__(scope, name.capitalize())
        function_name = Names(environment.name).function(name)
        log = logs.LogGroup(
            self,
            "Log",
            log_group_name=f"/aws/lambda/{function_name}",
            retention=logs.RetentionDays[_retention(environment.log_retention_days)],
            removal_policy=RemovalPolicy.RETAIN if environment.retain_data else RemovalPolicy.DESTROY,
        )
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
            code=lambda_.Code.from_asset(str(ROOT / "lambdas" / name), exclude=["__pycache__", "*.pyc"]),
            layers=list(layers),
            environment=_variables(name, settings, environment),
            role=role,
            log_group=log,
            timeout=Duration.seconds(timeout_seconds),
            memory_size=memory_mb,
            tracing=lambda_.Tracing.ACTIVE if environment.tracing else lambda_.Tracing.DISABLED,
        )
        acknowledge(self, _reasons(permissions))


def _variables(name: str, settings: Mapping[str, str], environment: Environment) -> dict[str, str]:
    powertools = {
        "POWERTOOLS_SERVICE_NAME": name,
        "POWERTOOLS_METRICS_NAMESPACE": "Tallygate",
        "POWERTOOLS_LOG_LEVEL": "INFO",
        "POWERTOOLS_TRACE_DISABLED": "false" if environment.tracing else "true",
        "TALLYGATE_ENVIRONMENT": environment.name,
    }
    return powertools | dict(settings)


def _retention(days: int) -> str:
    names = {
        1: "ONE_DAY", 3: "THREE_DAYS", 5: "FIVE_DAYS", 7: "ONE_WEEK", 14: "TWO_WEEKS", 30: "ONE_MONTH",
        60: "TWO_MONTHS", 90: "THREE_MONTHS", 120: "FOUR_MONTHS", 150: "FIVE_MONTHS", 180: "SIX_MONTHS",
        365: "ONE_YEAR", 400: "THIRTEEN_MONTHS", 545: "EIGHTEEN_MONTHS", 731: "TWO_YEARS", 1096: "THREE_YEARS",
        1827: "FIVE_YEARS", 3653: "TEN_YEARS",
    }  # fmt: skip
    return names[days]


def _reasons(permissions: Sequence[iam.PolicyStatement]) -> dict[str, str]:
    stars = [resource for statement in permissions for resource in statement.resources if "*" in resource]
    return {
        wildcard(resource): "The objects of a bucket that is named; which ones is known at run time."
        for resource in stars
    } | {
        wildcard("*"): "X-Ray's actions take no resource.",
        "AwsSolutions-L1": "The Python version is a field of the environment: tests run on it before it is raised.",
    }
