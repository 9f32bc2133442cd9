"""A layer, and where its newest version is found."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from stacks.environment import Environment
from stacks.names import Names


def runtime(environment: Environment) -> lambda_.Runtime:
    """The functions' runtime."""
    return lambda_.Runtime(f"python{environment.python}", lambda_.RuntimeFamily.PYTHON)


def architecture(environment: Environment) -> lambda_.Architecture:
    """The functions' processor."""
    return lambda_.Architecture.ARM_64 if environment.architecture == "arm64" else lambda_.Architecture.X86_64


class PublishedLayer(Construct):
    """A layer version and the SSM parameter with its ARN.

    A changed layer is a new version; the old one is retained, because functions on it must survive a rollback.

    Parameters
    ----------
    name : str
        The layer's short name; consumers ask for it by `latest_layer`.
    code : Code
        With a folder `python/`.

    Attributes
    ----------
    version : lambda_.LayerVersion
    """

    def __init__(self, scope: Construct, *, name: str, code: lambda_.Code, environment: Environment) -> None:
        super().__init__(scope, name.capitalize())
        names = Names(environment.name)
        self.version = lambda_.LayerVersion(
            self,
            "Version",
            layer_version_name=names.layer(name),
            code=code,
            compatible_runtimes=[runtime(environment)],
            compatible_architectures=[architecture(environment)],
            removal_policy=RemovalPolicy.RETAIN,
        )
        ssm.StringParameter(
            self,
            "Newest",
            parameter_name=names.layer_parameter(name),
            string_value=self.version.layer_version_arn,
            description=f"ARN of the newest version of the layer {names.layer(name)}",
        )


def newest_layer(scope: Construct, *, name: str, environment: Environment) -> lambda_.ILayerVersion:
    """The layer's newest version, looked up by CloudFormation at each deployment of the stack of `scope`."""
    parameter = Names(environment.name).layer_parameter(name)
    arn = ssm.StringParameter.value_for_string_parameter(scope, parameter)
    return lambda_.LayerVersion.from_layer_version_arn(scope, f"{name.capitalize()}Layer", arn)
