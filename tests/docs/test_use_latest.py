"""docs/layers.md, UseLatest: its templates come out as it says, its table of refusals is what the code says."""

import re

import pytest

from tests.docs.test_documents import ROOT
from tests.docs.test_refusals import ROW, pattern
from tests.unit.use_latest.account import LAYER, Account, from_yaml, layers_of
from tests.unit.use_latest.bad_templates import BAD, Bad
from tests.unit.use_latest.test_refusals import account

TEXT = (ROOT / "docs/layers.md").read_text().partition("## UseLatest")[2]
PLAIN, SAM, PART = (from_yaml(found) for found in re.findall(r"^```yaml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL))
MESSAGES = dict(ROW.findall(TEXT))


@pytest.fixture
def layers() -> Account:
    found = Account()
    for layer in ("my-layer", "dev-settings"):
        found.publish(layer, runtimes=["python3.13"], architectures=["arm64"])
        found.publish(layer)
        found.publish(layer, runtimes=["python3.12"])
    found.publish("dev-settings", architectures=["x86_64"])
    return found


def test_the_plain_template(layers: Account) -> None:
    found = layers_of(layers.process(PLAIN, Stage="dev"))
    assert found == [f"{LAYER}my-layer:2", f"{LAYER}dev-settings:2", *layers_of(PLAIN)[2:]]


def test_the_sam_template(layers: Account) -> None:
    processed = layers.process(SAM)
    assert processed["Globals"]["Function"]["Layers"] == [f"{LAYER}my-layer:2"]
    assert layers_of(processed) == [f"{LAYER}dev-settings:4"]


def test_the_part_of_a_template(layers: Account) -> None:
    siblings = PART["Resources"]["Api"]["Properties"]
    transform = siblings.pop("Fn::Transform")
    assert transform["Name"] == "UseLatest"
    assert layers.process(siblings, transform["Parameters"])["Layers"] == [f"{LAYER}my-layer:2"]


def test_every_refusal_that_is_tried_is_documented_and_no_other() -> None:
    assert set(MESSAGES) == {bad.what for bad in BAD}


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.what)
def test_it_is_worded_as_documented(bad: Bad) -> None:
    message = account().refusal(bad.fragment, bad.params, **bad.values)
    assert pattern(f"UseLatest: {MESSAGES[bad.what]}").fullmatch(message), message
