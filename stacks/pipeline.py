"""The pipeline: source → build and tests → itself → assets → environments, one after the other."""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from aws_cdk import App, DefaultStackSynthesizer, Duration, Environment, Fn, Stack, Tags, Token, pipelines
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_codecommit as codecommit
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from stacks.bootstrap.qualifier import QUALIFIER
from stacks.constructs.artifacts_bucket import ArtifactsBucket
from stacks.constructs.build_environment import NODE, PYTHON, build_defaults
from stacks.constructs.pipeline_findings import acknowledge_smoke, acknowledge_what_the_cdk_makes
from stacks.constructs.smoke_permissions import smoke_permissions
from stacks.environment import Environment as Deployed
from stacks.environments import PIPELINE, chosen
from stacks.pipeline_settings import CONNECTION_PARAMETER, FILE, PipelineSettings, PlaceUnknown, Source, Target, read
from stacks.stage import Tallygate

ROOT = Path(__file__).parent.parent
NAME = "tallygate-pipeline"

SET_UP = "make setup"
TEST = "make test"
SYNTH = f"node_modules/.bin/cdk synth --quiet --no-notices -c env={PIPELINE}"
SMOKE_SET_UP = "python -m pip install --quiet --require-hashes -r layers/vendor/requirements.txt"


def add_pipeline(app: App, wanted: str | None) -> None:
    """Add the pipeline of `pipeline.toml`, and the stages that it deploys, if it is wanted.

    That is by its name, or with everything where there is such a file and the accounts in it are known here.
    `-c pipeline=path` names another file, for trials and tests.

    Raises
    ------
    BadPipeline
        It is wanted, and the file is missing or can't be used.
    """
    file = ROOT / (app.node.try_get_context("pipeline") or FILE)
    if wanted != PIPELINE and (wanted is not None or not file.is_file()):
        return
    settings = read(file)
    try:
        place = _own_place(settings)
    except PlaceUnknown as error:
        if wanted == PIPELINE:
            raise
        print(f"without the pipeline: {error}", file=sys.stderr)
    else:
        PipelineStack(app, settings=settings, place=place)


def cli_version() -> str:
    """The version of the CDK CLI that package.json pins."""
    found: str = json.loads((ROOT / "package.json").read_text())["devDependencies"]["aws-cdk"]
    return found


def smoke_command(environment: Deployed) -> str:
    """The smoke test of an environment."""
    table = f" --events-table {environment.restored_table}" if environment.restored_table else ""
    return f"PYTHONPATH=layers python -m tallygate.smoke --environment {environment.name}{table}"


class PipelineStack(Stack):
    """A pipeline that deploys itself first and then each environment's stage.

    Parameters
    ----------
    app : App
        Gets the stages too.
    settings : PipelineSettings
        The content of `pipeline.toml`.
    place : Environment, optional
        Its account and Region; by default those of whoever deploys.

    Raises
    ------
    PlaceUnknown
        An environment's account is in a variable that is not set.
    """

    def __init__(self, app: App, *, settings: PipelineSettings, place: Environment | None = None) -> None:
        super().__init__(
            app,
            "Pipeline",
            stack_name=NAME,
            env=place,
            description="Tallygate: the pipeline",
        )
        self._app = app
        self._source = _source(self, settings.source)
        shared = self._is_shared(settings)
        artifacts = ArtifactsBucket(self, "Artifacts", shared=shared).bucket
        pipeline = pipelines.CodePipeline(
            self,
            "Pipeline",
            pipeline_name=NAME,
            synth=self._synth(settings),
            artifact_bucket=artifacts,
            cli_version=cli_version(),
            code_build_defaults=build_defaults(self),
            # One project for all assets: with one for each, code that changes would change the pipeline.
            publish_assets_in_parallel=False,
            asset_publishing_code_build_defaults=pipelines.CodeBuildOptions(
                role_policy=[self._look_at_the_bootstrap(settings.targets)]
            ),
        )
        for target in settings.targets:
            self._add(pipeline, target)
        Tags.of(self).add("application", "tallygate")
        pipeline.build_pipeline()
        _publish_with_the_cli(self, [one.title for target in settings.targets for one in chosen(target.name)])
        acknowledge_what_the_cdk_makes(self, artifacts)

    def _synth(self, settings: PipelineSettings) -> pipelines.CodeBuildStep:
        variables = {name: value for target in settings.targets for name, value in target.variables().items()}
        return pipelines.CodeBuildStep(
            "Synth",
            project_name=f"{NAME}-synth",
            input=self._source,
            env=variables,
            install_commands=[SET_UP],
            commands=[TEST, SYNTH],
            primary_output_directory="cdk.out",
            build_environment=codebuild.BuildEnvironment(compute_type=codebuild.ComputeType.MEDIUM),
            timeout=Duration.minutes(60),
        )

    def _add(self, pipeline: pipelines.CodePipeline, target: Target) -> None:
        (environment,) = chosen(target.name)
        place = Environment(account=target.account_id or self.account, region=target.region or self.region)
        # Beside the pipeline, not in it: what is deployed has the same paths, and so the same ids, as by hand.
        stage = Tallygate(self._app, environment=environment, place=None if self._is_anywhere else place)
        permissions = smoke_permissions(self, environment=environment)
        approval = pipelines.ManualApprovalStep(f"Approve {stage.node.id}")
        smoke = pipelines.CodeBuildStep(
            f"Smoke {stage.node.id}",
            project_name=f"{NAME}-smoke-{environment.name}",
            input=self._source,
            install_commands=[SMOKE_SET_UP],
            commands=[smoke_command(environment)],
            role_policy_statements=permissions,
        )
        acknowledge_smoke(self, permissions)
        pipeline.add_stage(stage, pre=[approval] if target.approval else None, post=[smoke] if target.smoke else None)

    def _look_at_the_bootstrap(self, targets: Sequence[Target]) -> iam.PolicyStatement:
        """Before it publishes, the CLI reads the bootstrap's version, and does so with the role for deployments.

        The CDK grants the role for files only: that is all that cdk-assets needs.
        """
        qualifier = self.node.try_get_context(QUALIFIER) or DefaultStackSynthesizer.DEFAULT_QUALIFIER
        role = DefaultStackSynthesizer.DEFAULT_DEPLOY_ROLE_ARN.replace("${Qualifier}", qualifier)
        arns = dict.fromkeys(
            role.replace("${AWS::AccountId}", target.account_id or "${AWS::AccountId}").replace(
                "${AWS::Region}", target.region or "${AWS::Region}"
            )
            for target in targets
        )
        return iam.PolicyStatement(actions=["sts:AssumeRole"], resources=[Fn.sub(arn) for arn in arns])

    def _is_shared(self, settings: PipelineSettings) -> bool:
        return any(target.account_id not in (None, self.account) for target in settings.targets)

    @property
    def _is_anywhere(self) -> bool:
        """Whether account and Region are those of whoever deploys."""
        return Token.is_unresolved(self.account)


def _publish_with_the_cli(stack: Stack, stages: Sequence[str]) -> None:
    """Assets are published by the CLI of package.json, in the one project that the CDK makes for `cdk-assets`.

    That is a package with versions of its own, which lag behind: 4.7.3 refuses what this CLI has synthesized. And the
    CDK leaves the project's name open, while the deployment policy goes by names.
    """
    commands = [f"cdk -a . publish-assets '{stage}/*' --unstable=publish-assets" for stage in stages]
    install = {
        "runtime-versions": {"python": PYTHON, "nodejs": NODE},
        "commands": [f"npm install -g aws-cdk@{cli_version()}"],
    }
    spec = {"version": "0.2", "phases": {"install": install, "build": {"commands": commands}}}
    for found in stack.node.find_all():
        if isinstance(found, codebuild.CfnProject) and "/Assets/" in found.node.path:
            found.name = f"{NAME}-assets"
            found.add_property_override("Source.BuildSpec", json.dumps(spec, indent=2))


def _own_place(settings: PipelineSettings) -> Environment | None:
    """Account and Region of the pipeline, which must be known where environments have their own."""
    if not settings.is_elsewhere:
        return None
    for target in settings.targets:
        target.variables()  # they are set
    account, region = (os.environ.get(name) for name in ("CDK_DEFAULT_ACCOUNT", "CDK_DEFAULT_REGION"))
    if not account or not region:
        raise PlaceUnknown(
            "pipeline.toml: an environment has an account or a Region of its own, and nobody says which are the "
            "pipeline's: sign in to its account, from which the CDK CLI learns them"
        )
    settings.demand_region(region)
    return Environment(account=account, region=region)


def _source(scope: Construct, source: Source) -> pipelines.CodePipelineSource:
    if source.kind == "codecommit":
        repository = codecommit.Repository.from_repository_name(scope, "Repository", source.repository)
        return pipelines.CodePipelineSource.code_commit(repository, source.branch)
    arn = source.connection or ssm.StringParameter.value_for_string_parameter(
        scope, source.connection_parameter or CONNECTION_PARAMETER
    )
    return pipelines.CodePipelineSource.connection(source.repository, source.branch, connection_arn=arn)
