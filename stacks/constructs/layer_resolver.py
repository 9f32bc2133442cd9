"""The function that resolves layers while stacks are deployed."""

from collections.abc import Sequence

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.constructs.function import Function
from stacks.constructs.nag import wildcard
from stacks.environment import Environment
from stacks.names import Names

TIMEOUT_SECONDS = 60
MEMORY_MB = 256
QUIET_SECONDS = 3600
LISTS = "Any layer of the account may be asked for; listing layers and functions takes no resource, nor do traces."
DELETES = "Layers of this environment only; their versions' numbers come with deployments."


class LayerResolver(Construct):
    """Answers every `LatestLayerVersion` that names it, in whichever stack of the account and Region.

    It is to have its own layers from the stack that publishes them: what resolves layers can't wait for one.

    Parameters
    ----------
    layers : sequence
        Third-party packages and library, by construct.
    environment : Environment
        Of the layers whose names begin with `tallygate-<environment>-` it may delete old versions.
    name : str, optional
        The function's within the environment, if there is another resolver there.
    roles : sequence of str
        ARNs of roles of other accounts that it may assume, to list their layers.
    quiet_seconds : int
        See `tallygate.layer_versions.pruning`.

    Attributes
    ----------
    function : lambda_.IFunction
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        layers: Sequence[lambda_.ILayerVersion],
        environment: Environment,
        name: str | None = None,
        roles: Sequence[str] = (),
        quiet_seconds: int = QUIET_SECONDS,
    ) -> None:
        super().__init__(scope, id)
        names = Names(environment.name)
        ours = names.layer("")
        versions = Stack.of(self).format_arn(
            service="lambda", resource="layer", resource_name=f"{ours}*:*", arn_format=ArnFormat.COLON_RESOURCE_NAME
        )
        self.function: lambda_.IFunction = Function(
            self,
            name=name or names.layer_resolver,
            folder=names.layer_resolver,
            layers=layers,
            settings={"LAYER_PREFIX": ours, "QUIET_SECONDS": str(quiet_seconds)},
            permissions=[
                _allow(["lambda:ListFunctions", "lambda:ListLayerVersions", "lambda:ListLayers"], ["*"]),
                _allow(["lambda:DeleteLayerVersion"], [versions]),
                *([_allow(["sts:AssumeRole"], list(roles))] if roles else []),
            ],
            reasons={wildcard("*"): LISTS, wildcard(versions): DELETES},
            timeout_seconds=TIMEOUT_SECONDS,
            memory_mb=MEMORY_MB,
            snap_start=False,
            environment=environment,
        ).function


def _allow(actions: list[str], resources: list[str]) -> iam.PolicyStatement:
    return iam.PolicyStatement(actions=actions, resources=resources)
