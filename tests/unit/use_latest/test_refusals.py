"""Templates that are refused: all that is wrong is said at once, with where, and how to mend it."""

import re
from collections.abc import Iterator

import pytest

from tallygate.errors import Unavailable
from tallygate.layer_versions.layer_version import LayerVersion
from tests.unit.use_latest.account import Account, an_account, function, template
from tests.unit.use_latest.bad_templates import BAD, Bad


def account() -> Account:
    found = an_account()
    found.publish("only", runtimes=["python3.12"], architectures=["arm64"])
    return found


def refusal(what: str) -> str:
    (bad,) = [bad for bad in BAD if bad.what == what]
    return account().refusal(bad.fragment, bad.params, **bad.values)


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.what)
def test_it_is_refused_in_one_line(bad: Bad) -> None:
    message = account().refusal(bad.fragment, bad.params, **bad.values)
    assert message.startswith("UseLatest: ")
    assert "\n" not in message


def test_a_misspelt_name_is_named_with_its_place_and_what_there_is() -> None:
    message = refusal("a misspelt name")
    assert "Resources.Api.Properties.Layers[0]: " in message
    assert "the layer shard" in message
    assert "similar names are shared" in message


def test_of_a_parameter_the_place_and_the_value_are_named() -> None:
    message = refusal("a parameter that holds such a name")
    assert 'Resources.Api.Properties.Layers[0] ({"Ref": "Layer"}): ' in message
    assert "the layer shard" in message


def test_what_there_is_in_its_place_is_listed() -> None:
    message = refusal("no version for the function's runtime and processor")
    assert "only for python3.13 on x86_64" in message
    assert "1 (python3.12, arm64)" in message


def test_all_problems_of_a_template_are_in_one_message() -> None:
    message = refusal("several problems")
    assert re.match(
        r"UseLatest: 2 problems: \(1\) Resources\.\S+\[0\]: .*; \(2\) Resources\.\S+\[1\]: 'a:2' is no", message
    )


def test_what_is_wrong_in_many_places_is_said_once() -> None:
    assert refusal("one name in several places").startswith(
        "UseLatest: Resources.One.Properties.Layers[0], Resources.Two.Properties.Layers[1]: there is no version"
    )
    many = {"Resources": {f"F{i}": function("shard") for i in range(9)}}
    assert "F4.Properties.Layers[0] and 4 places more: there is" in account().refusal(many)


@pytest.mark.parametrize("where", ["eu-west-1:444455556666", "us-east-1:111122223333"])
def test_a_layer_of_ours_is_not_taken_for_one_of_others_with_its_name(where: str) -> None:
    message = account().refusal(template(f"arn:aws:lambda:{where}:layer:a"))
    assert "there is no version" not in message


def test_a_value_that_must_not_be_shown_is_not_shown() -> None:
    given = template({"Ref": "Secret"}, "nowhere", Parameters={"Secret": {"Type": "String", "NoEcho": True}})
    assert "hush" not in account().refusal(given, Secret="hush")


def test_lambda_without_an_answer_is_a_failure_too() -> None:
    class Silent(Account):
        def versions(self, layer: str) -> Iterator[LayerVersion]:
            raise Unavailable(f"no answer about {layer}")

    assert Silent().refusal(template("a")) == "UseLatest: no answer about a"
