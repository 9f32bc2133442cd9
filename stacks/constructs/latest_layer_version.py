"""The version of a layer that a deployment takes, by the layer's name."""

from aws_cdk import ArnFormat, CfnOutput, CustomResource, Duration, Stack, Token
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.constructs.bundling import BadLayer

TYPE = "Custom::LatestLayerVersion"
# Two calls of the function that time out and Lambda's pause between them (60 + 60 + 60), and a third, after a pause of
# 120, if one of them ended early. CloudFormation's own patience is an hour.
PATIENCE_SECONDS = 300
MAX_KEPT = 100
_CONTENT = "tallygate:layer-content"


class LatestLayerVersion(Construct):
    """The newest version of a layer that fits, resolved by `LayerResolver` while the stack is deployed.

    It is resolved when it is made, and again when one of these parameters changes; so is the way back from a failed
    update, with the parameters of before. A deployment that changes none of them resolves nothing.

    Parameters
    ----------
    layer : str
        Its name, its ARN, or the ARN of one version, which is taken as it is; a CloudFormation parameter may be any.
    runtime, architecture : optional
        Those that the version must be for. A version that names none is for all.
    content : str
        The hash that the version's description must have as a word: 64 hexadecimal digits. So a stack that goes
        back to an older content gets the older version.
    refresh : str
        Any text. Without `content` it is the newest version by number that is taken; a new one is looked for
        when this text changes.
    role_arn : str
        For another account's layer: a role of that account, which may list its versions. The resolver must be
        allowed to assume it.
    keep : int
        When it is resolved anew, older versions are deleted, beyond so many of the newest: 2 to 100; 0 keeps all. For
        layers whose versions the resolver may delete.
    resolver : IFunction or str
        The function of a `LayerResolver`, or its name, or its ARN.

    Attributes
    ----------
    arn : str
        The version's. It is an output of the stack, too, and no export.
    layer : lambda_.ILayerVersion
        For functions.

    Raises
    ------
    BadLayer
        Parameters that contradict each other.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        layer: str,
        resolver: lambda_.IFunction | str,
        runtime: lambda_.Runtime | None = None,
        architecture: lambda_.Architecture | None = None,
        content: str = "",
        refresh: str = "",
        role_arn: str = "",
        keep: int = 0,
    ) -> None:
        super().__init__(scope, id)
        self.node.set_context(_CONTENT, content or f"{layer} {refresh}")
        _check(layer, content=content, refresh=refresh, role_arn=role_arn, keep=keep)
        asked = {
            "Layer": layer,
            "Runtime": runtime.name if runtime else "",
            "Architecture": architecture.name if architecture else "",
            "Content": content,
            "Refresh": refresh,
            "RoleArn": role_arn,
            "Keep": str(keep) if keep else "",
        }
        resolved = CustomResource(
            self,
            "Resolved",
            resource_type=TYPE,
            service_token=self._arn_of(resolver),
            service_timeout=Duration.seconds(PATIENCE_SECONDS),
            properties={name: value for name, value in asked.items() if value},
        )
        self.arn = resolved.get_att_string("LayerVersionArn")
        self.layer = lambda_.LayerVersion.from_layer_version_arn(self, "Layer", self.arn)
        CfnOutput(self, "Arn", value=self.arn, description=f"The version of the layer {layer} that functions have")

    def _arn_of(self, resolver: lambda_.IFunction | str) -> str:
        if not isinstance(resolver, str):
            return resolver.function_arn
        if Token.is_unresolved(resolver) or resolver.startswith("arn:"):
            return resolver
        return Stack.of(self).format_arn(
            service="lambda", resource="function", resource_name=resolver, arn_format=ArnFormat.COLON_RESOURCE_NAME
        )


def content_of(layer: lambda_.ILayerVersion) -> str:
    """What changes whenever a `LatestLayerVersion` is resolved anew; empty for a layer that is not of one.

    Known only to the deployment (a token) where a parameter of the stack says it.
    """
    return str(layer.node.try_get_context(_CONTENT) or "")


def _check(layer: str, *, content: str, refresh: str, role_arn: str, keep: int) -> None:
    if not layer:
        raise BadLayer("a LatestLayerVersion has no layer: give its name or its ARN")
    if content and refresh:
        raise BadLayer(f"the layer {layer} has content and refresh: the content says which version, leave refresh out")
    if keep != 0 and not 2 <= keep <= MAX_KEPT:
        raise BadLayer(f"the layer {layer} has keep={keep}, expected 2 to {MAX_KEPT}, or 0 for all")
    if keep and role_arn:
        raise BadLayer(f"the layer {layer} has keep and role_arn: versions of another account's layer are not deleted")
