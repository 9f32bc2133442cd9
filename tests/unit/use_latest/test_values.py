"""What can be told of a template before its stack is there."""

from typing import Any

import pytest

from tallygate.layer_versions.macro.layer_name import Here
from tallygate.layer_versions.macro.values import Untold, Values

TEMPLATE: dict[str, Any] = {
    "Parameters": {
        "Stage": {"Type": "String"},
        "Secret": {"Type": "String", "NoEcho": "true"},
        "Hidden": {"Type": "String", "NoEcho": True},
        "Looked": {"Type": "AWS::SSM::Parameter::Value<String>"},
    },
    "Mappings": {"Of": {"prod": {"Layer": "p"}, "eu-west-1": {"Layer": "e", "List": ["x"]}}},
    "Conditions": {
        "IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
        "IsHere": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]},
        "Flagged": {"Fn::Equals": ["true", True]},
        "Neither": {"Fn::Not": [{"Fn::Or": [{"Condition": "IsProd"}, {"Condition": "IsHere"}]}]},
        "Both": {"Fn::And": [{"Condition": "IsProd"}, {"Condition": "IsHere"}]},
        "Named": {"Fn::Equals": [{"Ref": "AWS::StackName"}, "x"]},
        "Itself": {"Fn::Not": [{"Condition": "Itself"}]},
        "Odd": {"Fn::Equals": ["one"]},
    },
}
PARAMETERS = {"Stage": "prod", "List": ["a", " b"], "Secret": "s", "Hidden": "s", "Looked": "/x", "Number": 7}


def values(region: str = "eu-west-1") -> Values:
    return Values(TEMPLATE, PARAMETERS, Here(account="111122223333", region=region))


TOLD: list[tuple[Any, object]] = [
    ("text", "text"),
    ({"Ref": "Stage"}, "prod"),
    ({"Ref": "List"}, ["a", "b"]),
    ({"Ref": "AWS::AccountId"}, "111122223333"),
    ({"Fn::Sub": "${Stage}-${AWS::Region}"}, "prod-eu-west-1"),
    ({"Fn::Sub": "${ Stage }"}, "prod"),
    ({"Fn::Sub": "${!Stage}-x"}, "${Stage}-x"),
    ({"Fn::Sub": ["${X}-${Stage}", {"X": {"Ref": "AWS::Partition"}}]}, "aws-prod"),
    ({"Fn::Sub": ["${Stage}", {"Stage": "mine"}]}, "mine"),
    ({"Fn::Join": ["-", ["a", {"Ref": "Stage"}]]}, "a-prod"),
    ({"Fn::Join": ["-", {"Ref": "List"}]}, "a-b"),
    ({"Fn::Join": ["-", ["v", 3]]}, "v-3"),
    ({"Fn::Select": [1, {"Ref": "List"}]}, "b"),
    ({"Fn::Select": ["0", {"Fn::Split": [",", "x,y"]}]}, "x"),
    ({"Fn::Split": [",", "x,y"]}, ["x", "y"]),
    ({"Fn::FindInMap": ["Of", {"Ref": "Stage"}, "Layer"]}, "p"),
    ({"Fn::If": ["IsProd", "yes", "no"]}, "yes"),
    ({"Fn::If": ["Neither", "yes", "no"]}, "no"),
    ({"Fn::If": ["Both", "yes", "no"]}, "yes"),
    ({"Fn::If": ["Flagged", "yes", "no"]}, "yes"),
]
UNTOLD: list[Any] = [
    {"Ref": "Resource"},
    {"Ref": "AWS::StackName"},
    {"Ref": "AWS::NoValue"},
    {"Ref": "Secret"},
    {"Ref": "Hidden"},
    {"Ref": "Looked"},
    {"Ref": "Number"},
    {"Ref": "Stage", "Fn::Sub": "x"},
    {"Fn::Sub": "${Resource.Arn}"},
    {"Fn::Sub": "${List}"},
    {"Fn::Sub": ["${X}", {"X": {"Ref": "Resource"}}]},
    {"Fn::Join": ["-", ["a", {"Fn::ImportValue": "x"}]]},
    {"Fn::Join": ["-", "text"]},
    {"Fn::Select": [2, {"Ref": "List"}]},
    {"Fn::Select": ["-1", {"Ref": "List"}]},
    {"Fn::Split": [",", {"Ref": "List"}]},
    {"Fn::FindInMap": ["Of", "dev", "Layer"]},
    {"Fn::FindInMap": ["No", "dev", "Layer"]},
    {"Fn::FindInMap": ["Of", "eu-west-1", "List"]},
    {"Fn::FindInMap": ["Of", "eu-west-1", "Layer", "Deeper"]},
    {"Fn::If": ["Named", "yes", "no"]},
    {"Fn::If": ["Itself", "yes", "no"]},
    {"Fn::If": ["Odd", "yes", "no"]},
    {"Fn::If": ["Missing", "yes", "no"]},
    {"Fn::GetAtt": ["Layer", "Arn"]},
    {"Fn::ImportValue": "x"},
    {},
    None,
    2.5,
]


@pytest.mark.parametrize(("node", "expected"), TOLD, ids=str)
def test_what_can_be_told(node: object, expected: object) -> None:
    assert values().tell(node) == expected


@pytest.mark.parametrize("node", UNTOLD, ids=str)
def test_what_only_cloudformation_can_tell(node: object) -> None:
    with pytest.raises(Untold):
        values().tell(node)


@pytest.mark.parametrize(
    ("region", "partition"),
    [("us-east-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("us-isob-east-1", "aws-iso-b")],
)
def test_a_region_has_a_partition(region: str, partition: str) -> None:
    assert values(region).tell({"Ref": "AWS::Partition"}) == partition
