"""A layer of ours: how it is published, and how functions in other stacks get it."""

import hashlib
from collections.abc import Mapping

from aws_cdk import RemovalPolicy
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from stacks.constructs.latest_layer_version import LatestLayerVersion
from stacks.environment import Environment
from stacks.names import Names


def runtime(environment: Environment) -> lambda_.Runtime:
    """The functions' runtime."""
    name, family = f"python{environment.python}", lambda_.RuntimeFamily.PYTHON
    return lambda_.Runtime(name, family, supports_snap_start=environment.snap_start)


def architecture(environment: Environment) -> lambda_.Architecture:
    """The functions' processor."""
    return lambda_.Architecture.ARM_64 if environment.architecture == "arm64" else lambda_.Architecture.X86_64


class PublishedLayer(Construct):
    """A layer version whose description has the hash of its content.

    A changed layer is a new version; the old one is retained, because functions on it must survive a rollback, and is
    deleted by the resolver when the environment's policy says so.

    Parameters
    ----------
    name : str
        The layer's short name; other stacks ask for it by `our_layer`.
    code : Code
        An asset with a folder `python/`.

    Attributes
    ----------
    version : lambda_.LayerVersion
        For functions of the same stack.
    content : str
        The hash of content, runtime and processor, by which other stacks ask for this version. It is text and no
        reference: nothing ties the stacks together.
    """

    def __init__(self, scope: Construct, *, name: str, code: lambda_.Code, environment: Environment) -> None:
        super().__init__(scope, name.capitalize())
        self.version = lambda_.LayerVersion(
            self,
            "Version",
            layer_version_name=Names(environment.name).layer(name),
            code=code,
            compatible_runtimes=[runtime(environment)],
            compatible_architectures=[architecture(environment)],
            removal_policy=RemovalPolicy.RETAIN,
        )
        self.content = _content(self.version, environment)
        made = self.version.node.default_child
        assert isinstance(made, lambda_.CfnLayerVersion)  # noqa: S101 (it is what the construct is made of)
        made.description = f"content {self.content}"


def our_layer(
    scope: Construct, *, name: str, contents: Mapping[str, str], environment: Environment
) -> lambda_.ILayerVersion:
    """The version of a layer of ours that has this deployment's content.

    Parameters
    ----------
    name : str
        The layer's short name.
    contents : mapping of str to str
        `LayersStack.contents`.
    """
    names = Names(environment.name)
    return LatestLayerVersion(
        scope,
        f"{name.capitalize()}Layer",
        layer=names.layer(name),
        runtime=runtime(environment),
        architecture=architecture(environment),
        content=contents[name],
        keep=environment.layer_versions_kept,
        resolver=names.function(names.layer_resolver),
    ).layer


def _content(version: lambda_.LayerVersion, environment: Environment) -> str:
    asset = version.node.find_child("Code")
    assert isinstance(asset, assets.Asset)  # noqa: S101 (the code is an asset)
    told = f"{asset.asset_hash} {runtime(environment).name} {architecture(environment).name}"
    return hashlib.sha256(told.encode()).hexdigest()
