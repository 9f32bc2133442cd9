"""Where layers are looked for, and by what."""

from typing import Any

import pytest

from tests.unit.use_latest.account import LAYER, an_account, function, layers_of, template

NEVER = {
    "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}, "Unknown": {"Fn::Equals": [{"Ref": "AWS::StackName"}, "x"]}}
}


def newest_shared(**properties: Any) -> str:
    """Which version of `shared` a function gets."""
    processed = an_account().process({"Resources": {"Api": function("shared", **properties)}}, Python="python3.12")
    return str(layers_of(processed)[0]).removeprefix(f"{LAYER}shared:")


def test_a_layer_is_looked_for_by_the_functions_runtime_and_processor() -> None:
    assert newest_shared(Runtime="python3.12", Architectures=["x86_64"]) == "2"
    assert newest_shared(Runtime="python3.13", Architectures=["x86_64"]) == "4"
    assert newest_shared(Runtime="python3.11", Architectures=["x86_64"]) == "1"
    assert newest_shared(Runtime="python3.13", Architectures=["arm64"]) == "3"


def test_without_a_processor_lambda_takes_x86_64() -> None:
    assert newest_shared(Runtime="python3.12") == "2"


def test_by_a_runtime_that_a_parameter_holds_but_not_by_one_that_cannot_be_told() -> None:
    assert newest_shared(Runtime={"Ref": "Python"}) == "2"
    assert newest_shared(Runtime={"Fn::ImportValue": "x"}) == "4"
    assert newest_shared(Runtime={"Ref": "Python"}, Architectures=[{"Ref": "Unknown"}]) == "3"


def test_a_branch_that_is_not_taken_may_name_what_is_not_there() -> None:
    layers = {"Fn::If": ["Never", ["nowhere", {"Ref": "AWS::NoValue"}, 5], ["a"]]}
    given = {**NEVER, "Resources": {"Api": {"Type": "AWS::Lambda::Function", "Properties": {"Layers": layers}}}}
    assert layers_of(an_account().process(given)) == {
        "Fn::If": ["Never", ["nowhere", {"Ref": "AWS::NoValue"}, 5], [f"{LAYER}a:3"]]
    }


def test_within_a_branch_that_is_not_taken_none_is() -> None:
    given = {**NEVER, **template({"Fn::If": ["Never", {"Fn::If": ["Unknown", "nowhere", "a"]}, "b"]})}
    assert layers_of(an_account().process(given)) == [
        {"Fn::If": ["Never", {"Fn::If": ["Unknown", "nowhere", f"{LAYER}a:3"]}, f"{LAYER}b:1"]}
    ]


def test_so_may_a_function_that_is_not_made() -> None:
    given = {**NEVER, "Resources": {"Api": function("nowhere") | {"Condition": "Never"}}}
    assert an_account().process(given) is given


@pytest.mark.parametrize("condition", ["Unknown", "NotDeclared"])
def test_where_nobody_can_tell_it_has_to_be_there(condition: str) -> None:
    refusal = an_account().refusal({**NEVER, **template({"Fn::If": [condition, "a", "nowhere"]})})
    assert refusal.startswith("UseLatest: Resources.Api.Properties.Layers[0].Fn::If[2]: there is no version")


def test_a_template_without_layers_is_the_same_object() -> None:
    given = {
        "Resources": {"Api": {"Type": "AWS::Lambda::Function", "Properties": {}}, "B": {"Type": "AWS::S3::Bucket"}}
    }
    assert an_account().process(given) is given
    empty: dict[str, Any] = {"Resources": {}}
    assert an_account().process(empty) is empty


def test_what_is_not_touched_is_shared() -> None:
    given = {"Resources": {"Api": function("a", Environment={"Variables": {"X": "a"}}), "B": function(f"{LAYER}a:1")}}
    processed = an_account().process(given)
    assert processed["Resources"]["B"] is given["Resources"]["B"]
    assert (
        processed["Resources"]["Api"]["Properties"]["Environment"]
        is given["Resources"]["Api"]["Properties"]["Environment"]
    )


@pytest.mark.parametrize(
    "layers",
    [
        "arn:aws:lambda:::awslayer:AmazonLinux1803",
        "arn:aws:lambda:eu-west-1:017000801446:layer:AWSLambdaPowertoolsPythonV3-python313-x86_64:12",
        "arn:aws-cn:lambda:cn-north-1:111122223333:layer:a:1",
        "{{resolve:ssm:/layers/a}}",
        {"Fn::Sub": "{{resolve:ssm:/layers/${AWS::Region}}}"},
        {"Ref": "AWS::NoValue"},
        None,
        "",
    ],
    ids=str,
)
def test_what_is_left_alone(layers: object) -> None:
    given = template(layers)
    assert an_account().process(given) is given


@pytest.mark.parametrize("odd", [[], "text", {"Api": []}, {"Api": {"Type": "AWS::Lambda::Function", "Properties": []}}])
def test_a_template_that_is_none_is_cloudformations_to_refuse(odd: object) -> None:
    given = {"Resources": odd, "Globals": [], "Parameters": [], "Conditions": "x"}
    assert an_account().process(given) is given


# ---- Fn::Transform on a part of a template: the macro gets its siblings


def test_beside_the_layers_of_a_function() -> None:
    siblings = {"Runtime": "python3.12", "Layers": ["shared", {"Ref": "Name"}]}
    processed = an_account().process(siblings, Name="a")
    assert processed == {"Runtime": "python3.12", "Layers": [f"{LAYER}shared:3", f"{LAYER}a:3"]}


def test_options_say_what_the_siblings_do_not() -> None:
    siblings = {"Layers": ["shared"]}
    options = {"Runtime": "python3.12", "Architecture": "x86_64"}
    assert an_account().process(siblings) == {"Layers": [f"{LAYER}shared:4"]}
    assert an_account().process(siblings, options) == {"Layers": [f"{LAYER}shared:2"]}
    theirs = {"Layers": ["shared"], "Runtime": "python3.13", "Architectures": ["arm64"]}
    assert an_account().process(theirs, options)["Layers"] == [f"{LAYER}shared:3"]


def test_in_a_function_and_among_resources() -> None:
    assert an_account().process(function("a"))["Properties"]["Layers"] == [f"{LAYER}a:3"]
    processed = an_account().process({"One": function("a"), "Bucket": {"Type": "AWS::S3::Bucket"}})
    assert processed["One"]["Properties"]["Layers"] == [f"{LAYER}a:3"]
    sam = an_account().process(function("shared", kind="AWS::Serverless::Function", Runtime="python3.12"))
    assert sam["Properties"]["Layers"] == [f"{LAYER}shared:3"]  # Globals, out of sight, may say arm64


def test_loops_are_looked_into() -> None:
    loop = {"Fn::ForEach::Apis": ["Id", ["A", "B"], {"Api${Id}": function("a", {"Ref": "Own"})}]}
    processed = an_account().process({"Resources": loop})
    made = processed["Resources"]["Fn::ForEach::Apis"][2]["Api${Id}"]
    assert made["Properties"]["Layers"] == [f"{LAYER}a:3", {"Ref": "Own"}]
