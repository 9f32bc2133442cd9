"""The published version of a function that starts from a snapshot, under an alias that callers call.

Lambda takes a snapshot of a version when it is published, and never of `$LATEST`: whoever called the function itself
would have a cold start each time.
"""

from collections.abc import Sequence

from aws_cdk import Token
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.constructs.bundling import BadLayer
from stacks.constructs.latest_layer_version import content_of
from stacks.constructs.nag import acknowledge
from stacks.environment import Environment

ALIAS = "live"
_WARNING = "Annotation::@aws-cdk/aws-lambda:snapStartRequirePublish"
MOST_STORAGE_MB = 512  # Lambda takes no snapshot of a function with a larger disk


def fits(environment: Environment, *, storage_mb: int = MOST_STORAGE_MB) -> bool:
    """Whether functions with a disk of that size start from a snapshot in this environment."""
    return environment.snap_start and storage_mb <= MOST_STORAGE_MB


def called_name(function: str, environment: Environment, *, storage_mb: int = MOST_STORAGE_MB) -> str:
    """By what name a function is called, whose own is `function`: with the alias where there is one."""
    return f"{function}:{ALIAS}" if fits(environment, storage_mb=storage_mb) else function


class LiveVersion(Construct):
    """The version of this deployment, and the alias `live` that points to it.

    A new one is published when the function, a setting, or the content of a layer has changed. The one before is
    deleted when the deployment has succeeded, not earlier: until then a rollback finds it. Retained versions would each
    be paid for, as long as Lambda keeps their snapshots.

    Parameters
    ----------
    function : lambda_.Function
        With `snap_start`.
    layers : sequence
        The function's, by construct.

    Attributes
    ----------
    alias : lambda_.Alias

    Raises
    ------
    BadLayer
        It can't be known when a layer's content changes, so that the version would stay on the old one.
    """

    def __init__(
        self, scope: Construct, *, function: lambda_.Function, layers: Sequence[lambda_.ILayerVersion]
    ) -> None:
        super().__init__(scope, "Live")
        for layer in layers:
            # The CDK knows the content of a layer that it makes. Of others it sees an ARN that a deployment resolves,
            # and would see no reason for a new version.
            if not isinstance(layer, lambda_.LayerVersion):
                function.invalidate_version_based_on(self._content(layer))
        acknowledge(function, {_WARNING: "The version is published here."})
        self.alias = lambda_.Alias(self, "Alias", alias_name=ALIAS, version=function.current_version)

    def _content(self, layer: lambda_.ILayerVersion) -> str:
        content = content_of(layer)
        if Token.is_unresolved(content):
            raise BadLayer(
                f"{self.node.path}: the layer {layer.node.path} is named by a parameter of the stack, whose value is "
                "not known here: name it in the code, or turn snap_start off; a published version would keep the old"
            )
        if not content:
            raise BadLayer(
                f"{self.node.path}: the layer {layer.node.path} has no content that is known: take it by "
                "LatestLayerVersion (or our_layer), or turn snap_start off, or a published version keeps the old layer"
            )
        return content
