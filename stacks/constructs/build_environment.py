"""Where the pipeline's commands run: image and runtimes, the same for every project."""

from aws_cdk import Duration, RemovalPolicy, pipelines
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_logs as logs
from constructs import Construct

PYTHON = "3.13"  # that of the functions, so that layers get its bytecode
NODE = "22"


def build_defaults(scope: Construct) -> pipelines.CodeBuildOptions:
    """Amazon Linux 2023 on x86-64, without Docker; all projects write one log, kept for a month."""
    log = logs.LogGroup(
        scope,
        "Log",
        log_group_name="/tallygate/pipeline",
        retention=logs.RetentionDays.ONE_MONTH,
        removal_policy=RemovalPolicy.DESTROY,
    )
    return pipelines.CodeBuildOptions(
        build_environment=codebuild.BuildEnvironment(
            build_image=codebuild.LinuxBuildImage.AMAZON_LINUX_2023_5,
            compute_type=codebuild.ComputeType.SMALL,
            privileged=False,
        ),
        partial_build_spec=codebuild.BuildSpec.from_object(
            {"phases": {"install": {"runtime-versions": {"python": PYTHON, "nodejs": NODE}}}}
        ),
        logging=codebuild.LoggingOptions(cloud_watch=codebuild.CloudWatchLoggingOptions(log_group=log)),
        timeout=Duration.minutes(20),
    )
