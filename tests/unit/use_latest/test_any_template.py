"""Whatever the template: nothing else changes, qualified layers stay, and a second run changes nothing."""

import copy
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.use_latest.account import ACCOUNT, LAYER, REGION, an_account

names = st.sampled_from(["a", "b", "shared"])
qualified = st.builds("{}{}:{}".format, st.just(LAYER), names, st.integers(1, 99))
unqualified = names | st.builds("{}{}".format, st.just(LAYER), names)
untold = st.sampled_from(
    [
        {"Ref": "Own"},
        {"Fn::GetAtt": ["Own", "Arn"]},
        {"Fn::ImportValue": "x"},
        {"Ref": "AWS::NoValue"},
        "{{resolve:ssm:/a}}",
    ]
)
told = st.builds(
    lambda text: {"Fn::Sub": text.replace(ACCOUNT, "${AWS::AccountId}").replace(REGION, "${AWS::Region}")}, unqualified
)
leaf = qualified | unqualified | untold | told
condition = st.sampled_from(["Yes", "No", "Unknown"])
layer = st.recursive(
    leaf, lambda inner: st.builds(lambda *it: {"Fn::If": list(it)}, condition, inner, inner), max_leaves=4
)
layers = st.lists(layer, max_size=4) | st.builds(
    lambda *it: {"Fn::If": list(it)}, condition, st.lists(layer, max_size=2), st.just({"Ref": "AWS::NoValue"})
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=3,
)
kinds = st.sampled_from(["AWS::Lambda::Function", "AWS::Serverless::Function"])
functions = st.builds(
    lambda kind, found, other: {"Type": kind, "Properties": {"Layers": found, "Environment": other}},
    kinds,
    layers,
    json_values,
)
others = st.builds(lambda kind, other: {"Type": kind, "Properties": other}, st.just("AWS::S3::Bucket"), json_values)
ids = st.sampled_from(["One", "Two", "Three", "Four"])
CONDITIONS = {
    "Yes": {"Fn::Equals": ["a", "a"]},
    "No": {"Fn::Equals": ["a", "b"]},
    "Unknown": {"Fn::Equals": [{"Ref": "AWS::StackName"}, "a"]},
}


def templates(resources: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Templates of such resources."""
    return st.builds(
        lambda found, other: {"Conditions": CONDITIONS, "Metadata": other, "Resources": found},
        st.dictionaries(ids, resources, max_size=4),
        json_values,
    )


@given(templates(others))
@settings(max_examples=20)
def test_without_functions_it_comes_out_as_it_is(template: Any) -> None:
    account = an_account()
    assert account.process(template) is template
    assert not account.asked


@given(templates(functions | others))
@settings(max_examples=40)
def test_a_second_run_changes_nothing(template: Any) -> None:
    once = an_account().process(template)
    assert json.dumps(an_account().process(once)) == json.dumps(once)


@given(templates(functions | others))
@settings(max_examples=40)
def test_after_it_no_layer_is_left_without_a_version_and_qualified_ones_stay(template: Any) -> None:
    processed = an_account().process(template)
    for id, resource in template["Resources"].items():
        if resource["Type"] != "AWS::S3::Bucket":
            _compare(resource["Properties"]["Layers"], processed["Resources"][id]["Properties"]["Layers"])
    assert json.dumps(_bare(processed)) == json.dumps(_bare(template))


def _bare(template: Any) -> Any:
    """A copy with no layers in its functions."""
    bare = copy.deepcopy(template)
    for resource in bare["Resources"].values():
        if resource["Type"] != "AWS::S3::Bucket":
            resource["Properties"]["Layers"] = []
    return bare


NEWEST = {"a": f"{LAYER}a:3", "b": f"{LAYER}b:1", "shared": f"{LAYER}shared:4"}


def _compare(before: Any, after: Any) -> None:
    """The rule, said in another way than the code's."""
    match before:
        case list():
            assert len(before) == len(after)
            for one, other in zip(before, after, strict=True):
                _compare(one, other)
        case {"Fn::If": [name, yes, no]}:
            assert after["Fn::If"][0] == name
            _compare([yes, no], after["Fn::If"][1:])
        case {"Fn::Sub": str(text)}:
            assert after == NEWEST[text.rpartition(":")[2]]
        case str() if before.startswith(LAYER) and before.count(":") == 7:
            assert after == before
        case str() if not before.startswith("{{"):
            assert after == NEWEST[before.rpartition(":")[2]]
        case _:
            assert after == before
