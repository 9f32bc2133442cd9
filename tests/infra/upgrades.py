"""What a deployment over an earlier release would replace, lose or fail to make, told from the two sets of templates.

CloudFormation knows a resource by its logical id. Another id, and what was there is deleted (or left behind, where it
is retained) and made anew, empty; a property that can't be changed in place does the same. What has a name of its own
can't even be made while the old one stands, and the deployment fails half-way.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.infra.synthesis import text

Resource = Mapping[str, Any]
Templates = Mapping[str, Mapping[str, Any]]

# Properties whose change replaces the resource, or which can't be changed at all, by the types that hold something:
# `createOnlyProperties` of CloudFormation's schemas, and "Update requires: Replacement" (or "Updates are not
# supported") of its documentation.
KEPT_PROPERTIES: Mapping[str, Sequence[str]] = {
    "AWS::DynamoDB::Table": (
        "TableName",
        "KeySchema",
        "AttributeDefinitions",  # of a key that is there; another one beside it would do no harm, and we have none
        "LocalSecondaryIndexes",
        "ImportSourceSpecification",
    ),
    "AWS::DynamoDB::GlobalTable": ("TableName", "KeySchema", "AttributeDefinitions", "LocalSecondaryIndexes"),
    "AWS::S3::Bucket": ("BucketName", "BucketNamePrefix", "BucketNamespace"),
    "AWS::Kinesis::Stream": ("Name",),
    "AWS::SQS::Queue": ("QueueName", "FifoQueue"),
    "AWS::SNS::Topic": ("TopicName", "FifoTopic"),
    "AWS::KMS::Key": ("KeySpec", "KeyUsage", "Origin", "MultiRegion"),
    "AWS::KMS::Alias": ("AliasName",),
    "AWS::Events::EventBus": ("Name",),
    "AWS::StepFunctions::StateMachine": ("StateMachineName", "StateMachineType"),
    "AWS::Logs::LogGroup": ("LogGroupName", "LogGroupClass"),
}
# A stream that is encrypted under another key, or switched off and on, is another stream: what it held is lost to
# the relay, so its view must stay too.
STREAM_VIEW = "StreamSpecification"

# Where a resource has the name that its environment gives it, by type: two of one name can't stand side by side.
NAMED: Mapping[str, str] = {
    "AWS::DynamoDB::Table": "TableName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::Kinesis::Stream": "Name",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::KMS::Alias": "AliasName",
    "AWS::Events::EventBus": "Name",
    "AWS::Events::Rule": "Name",
    "AWS::StepFunctions::StateMachine": "StateMachineName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::CloudWatch::Dashboard": "DashboardName",
    "AWS::IAM::Role": "RoleName",
    "AWS::SSM::Parameter": "Name",
}


@dataclass(frozen=True)
class Place:
    """A resource, by where it stands."""

    stack: str
    id: str
    resource: Resource

    @property
    def type(self) -> str:
        return str(self.resource["Type"])

    @property
    def name(self) -> str:
        """Its own name, or nothing."""
        given = self.resource.get("Properties", {}).get(NAMED.get(self.type, ""))
        return text(given) if given else ""

    def __str__(self) -> str:
        return f"{self.type} {self.name or self.id} (stack {self.stack}, logical id {self.id})"


def problems(before: Templates, after: Templates, order: Sequence[str]) -> list[str]:
    """What a deployment of `after` over `before` would do that it must not; a line each.

    Parameters
    ----------
    before, after : mapping
        Templates by stack, such as `events`.
    order : sequence of str
        In which stacks are deployed.
    """
    return [*_lost(before, after), *_twice(before, after, order)]


def places(templates: Templates) -> Iterator[Place]:
    """Every resource."""
    for stack, template in templates.items():
        for id, resource in template["Resources"].items():
            yield Place(stack, id, resource)


def _lost(before: Templates, after: Templates) -> Iterator[str]:
    now = {(place.stack, place.id): place for place in places(after)}
    for old in places(before):
        if old.type not in KEPT_PROPERTIES or _comes_and_goes(old):
            continue
        new = now.get((old.stack, old.id))
        if new is None or new.type != old.type:
            yield f"{old} would be removed: give what replaces it the same stack and logical id (override_logical_id)"
            continue
        for name in (*KEPT_PROPERTIES[old.type], STREAM_VIEW):
            was, becomes = (one.resource.get("Properties", {}).get(name) for one in (old, new))
            if was != becomes:
                yield f"{old} would be replaced: {name} was {was}, is {becomes}"
        for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
            if old.resource.get(policy) == "Retain" and new.resource.get(policy) != "Retain":
                yield f"{old} would no longer be retained: {policy} is {new.resource.get(policy)}"


def _comes_and_goes(place: Place) -> bool:
    """Whether it holds nothing that is missed: a log that is not retained, or letters of a function that is gone."""
    return place.type == "AWS::Logs::LogGroup" and place.resource.get("DeletionPolicy") != "Retain"


def _twice(before: Templates, after: Templates, order: Sequence[str]) -> Iterator[str]:
    stood = {(place.type, place.name): place for place in places(before) if place.name}
    for new in places(after):
        old = stood.get((new.type, new.name))
        if old is None or (old.stack, old.id) == (new.stack, new.id):
            continue
        if old.stack != new.stack and order.index(old.stack) < order.index(new.stack):
            continue  # it is gone before its successor comes; whether that may be is `_lost`'s to say
        yield f"{new} can't be made: {old} stands there until the end. Keep its logical id, or give another name"
