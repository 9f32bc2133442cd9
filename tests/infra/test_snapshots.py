"""One snapshot per stack, for people: a change of the templates is seen in review. `make snapshots` writes them."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.infra.synthesis import STACKS, Synthesis, masked, text

FOLDER = Path(__file__).with_name("snapshots")
# The local environment differs from host to host.
ENVIRONMENT = "dev"


def readable(value: Any) -> Any:
    """A template with CloudFormation's functions as texts, and the state machine as what it is."""
    if isinstance(value, list):
        return [readable(part) for part in value]
    if not isinstance(value, Mapping):
        return value
    if "DefinitionString" in value:
        value = {**value, "DefinitionString": json.loads(text(value["DefinitionString"]))}
    try:
        return text(value)
    except ValueError:
        return {name: readable(part) for name, part in value.items()}


@pytest.mark.parametrize("stack", STACKS)
def test_the_stack_is_as_it_was_reviewed(synthesis: Synthesis, stack: str) -> None:
    snapshot = FOLDER / f"{stack}.json"
    now = masked(readable(synthesis.stack(ENVIRONMENT, stack).template))
    if os.environ.get("UPDATE_SNAPSHOTS"):
        snapshot.write_text(now)
    was = snapshot.read_text() if snapshot.exists() else ""
    assert now.splitlines() == was.splitlines(), "if the change is meant: make snapshots, and read the diff"


def test_there_is_no_other_snapshot() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {f"{stack}.json" for stack in STACKS}
