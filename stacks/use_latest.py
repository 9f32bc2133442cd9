"""The CloudFormation macro UseLatest: for templates of others, so it belongs to no environment and stands by itself."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from aws_cdk import Aws, CfnMacro, Stack, Tags
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.constructs.bundling import package, requirements
from stacks.constructs.function import Function
from stacks.constructs.layer import PublishedLayer
from stacks.constructs.nag import wildcard
from stacks.environment import Environment
from stacks.environments import MACRO

ROOT = Path(__file__).parent.parent
NAME = "UseLatest"
SECONDS = 60  # Lambda lists a layer within a tenth of one; a template has at most 500 resources
MEMORY_MB = 512  # the processor comes with it, and people wait
LISTS = "Listing layers and their versions takes no resource; nor do X-Ray's actions."
# A macro's name is given once in an account and Region, whatever environments there are.
ACCOUNT = Environment(name=MACRO, log_retention_days=90)


def surroundings(environments: Sequence[Environment]) -> Environment:
    """How the macro is built: for the emulator where the one environment is the emulator's, else for AWS."""
    match environments:
        case [Environment(native=True) as local]:
            return replace(
                local, name=ACCOUNT.name, encryption=ACCOUNT.encryption, restored_table=ACCOUNT.restored_table
            )
    return ACCOUNT


class UseLatest(Stack):
    """The macro, its function, and the layers of that.

    Whoever deploys a template with it needs `lambda:InvokeFunction` on the function: CloudFormation calls it in their
    name.

    Parameters
    ----------
    environment : Environment
        See `surroundings`.
    """

    def __init__(self, scope: Construct, *, environment: Environment) -> None:
        super().__init__(
            scope,
            NAME,
            stack_name="tallygate-use-latest",
            description="Tallygate: the macro UseLatest",
            termination_protection=environment.protect_data,
        )
        made = Function(
            self,
            name="use_latest",
            layers=self._layers(environment),
            settings={},
            permissions=[
                iam.PolicyStatement(actions=["lambda:ListLayers", "lambda:ListLayerVersions"], resources=["*"])
            ],
            reasons={wildcard("*"): LISTS},
            timeout_seconds=SECONDS,
            memory_mb=MEMORY_MB,
            snap_start=False,
            environment=environment,
        )
        made.function.add_permission(
            "CloudFormation",
            principal=iam.ServicePrincipal("cloudformation.amazonaws.com"),
            source_account=Aws.ACCOUNT_ID,
        )
        CfnMacro(
            self,
            "Macro",
            name=NAME,
            function_name=made.function.function_arn,
            description="Layers without a version become the ARN of the newest one.",
        )
        for key, value in {"application": "tallygate", "environment": environment.name, **environment.tags}.items():
            Tags.of(self).add(key, value)

    def _layers(self, environment: Environment) -> Sequence[lambda_.ILayerVersion]:
        """Published here and referred to directly: the macro can't be waited for by what it waits for."""
        contents = {
            "vendor": requirements(ROOT / "layers/vendor/requirements.txt", environment=environment),
            "tallygate": package(ROOT / "layers/tallygate", name="tallygate", environment=environment),
        }
        return [
            PublishedLayer(self, name=name, code=code, environment=environment).version
            for name, code in contents.items()
        ]
