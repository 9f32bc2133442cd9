"""Findings of cdk-nag on roles that the CDK's own pipeline makes, and why they stay."""

from collections.abc import Iterable
from typing import cast

from aws_cdk import CfnElement, Stack
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from stacks.constructs.nag import acknowledge, wildcard

_ON_ARTIFACTS = ("s3:Abort*", "s3:DeleteObject*", "s3:GetBucket*", "s3:GetObject*", "s3:List*")
_ON_THEIR_KEY = ("kms:GenerateDataKey*", "kms:ReEncrypt*")  # which is there where accounts differ

OBJECTS = "Objects of the artifacts bucket, whose names are made at run time."


def acknowledge_what_the_cdk_makes(stack: Stack, bucket: s3.Bucket) -> None:
    """Acknowledge, on the whole stack of a pipeline, what its construct grants with patterns.

    Parameters
    ----------
    bucket : Bucket
        That of the artifacts.
    """
    artifacts = f"<{stack.get_logical_id(cast('CfnElement', bucket.node.default_child))}.Arn>/*"
    acknowledge(
        stack,
        {
            **{f"AwsSolutions-IAM5[Action::{one}]": "CDK grants of one bucket, named." for one in _ON_ARTIFACTS},
            **{f"AwsSolutions-IAM5[Action::{one}]": "CDK grants of one key, named." for one in _ON_THEIR_KEY},
            wildcard(artifacts): OBJECTS,
            **{wildcard(one): why for one, why in _of_projects(stack)},
            wildcard(f"arn:*:iam::{stack.account}:role/*"): (
                "Self-mutation assumes roles that carry the tag of cdk bootstrap, for files, images and deployments: "
                "the statement's condition says so."
            ),
            wildcard("*"): (
                "Self-mutation describes stacks, publishing of assets looks at its own builds: the CDK's grants. "
                "What is deployed goes through the roles of cdk bootstrap."
            ),
            "AwsSolutions-CB4": "What builds make lies in the artifacts bucket, under that bucket's encryption.",
        },
    )


def acknowledge_smoke(stack: Stack, permissions: Iterable[iam.PolicyStatement]) -> None:
    """Acknowledge the patterns in the resources of a smoke test's permissions."""
    stars = {resource for statement in permissions for resource in statement.resources if "*" in resource}
    acknowledge(stack, {wildcard(resource): "Names that begin with smoke; its own key by alias." for resource in stars})


def _of_projects(stack: Stack) -> Iterable[tuple[str, str]]:
    place = f"{stack.region}:{stack.account}"
    logs, reports = (f"arn:{stack.partition}:{service}:{place}" for service in ("logs", "codebuild"))
    names = [
        f"<{stack.get_logical_id(found)}>" for found in stack.node.find_all() if isinstance(found, codebuild.CfnProject)
    ]
    for name in names:
        yield f"{logs}:log-group:/aws/codebuild/{name}:*", "Streams of one project's log."
        yield f"{reports}:report-group/{name}-*", "Reports of one project."
    yield f"{logs}:log-group:/aws/codebuild/*", "The role of all projects that publish assets."
    yield f"{reports}:report-group/*", "The role of all projects that publish assets."
