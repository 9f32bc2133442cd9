"""Acknowledged findings of cdk-nag: the rule, and why it does not apply here."""

from collections.abc import Mapping

from aws_cdk import Acknowledgment, Aws, Validations
from constructs import IConstruct


def acknowledge(construct: IConstruct, reasons: Mapping[str, str]) -> None:
    """Acknowledge rules on a construct and all below it.

    Parameters
    ----------
    reasons : mapping
        Why, by the rule's id, such as `AwsSolutions-S1`.
    """
    rules = [Acknowledgment(id=rule, reason=reason) for rule, reason in reasons.items()]
    Validations.of(construct).acknowledge(*rules)


def wildcard(resource: str) -> str:
    """The id of the finding that a policy allows `resource`, a pattern with a star in it."""
    for pseudo in (Aws.PARTITION, Aws.REGION, Aws.ACCOUNT_ID):
        resource = resource.replace(pseudo, _shown(pseudo))
    return f"AwsSolutions-IAM5[Resource::{resource}]"


def _shown(pseudo: str) -> str:
    names = {Aws.PARTITION: "Partition", Aws.REGION: "Region", Aws.ACCOUNT_ID: "AccountId"}
    return f"<AWS::{names[pseudo]}>"
