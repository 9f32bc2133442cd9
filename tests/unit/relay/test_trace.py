"""What the relay's log says of a commit."""

from typing import Any

import pytest

from tallygate.relay.bell import Bell
from tallygate.relay.trace import trace
from tests.unit.relay.stream_records import RELAYED, commit, item_of

STREAM = commit().stream
KEY = {"stream": "aircraft-N1", "version": 1, "relayed": "2026-11-21T12:00:01.007Z"}


def traced(**changes: Any) -> dict[str, Any]:
    return trace(Bell(STREAM, 1, item_of(commit()) | changes, RELAYED))


def test_the_names_in_the_log() -> None:
    """`explain` reads them: a change here is a change of format."""
    line = {"commit_id": "c1", "commands": ["b/1"], "correlation": "b", "at": "2026-11-21T12:00:00.005Z"}
    assert traced() == KEY | line


def test_a_commit_without_commands_or_correlation() -> None:
    item = {name: value for name, value in item_of(commit()).items() if name not in {"commands", "meta"}}
    line = trace(Bell(STREAM, 1, item, RELAYED))
    assert (line["commands"], line["correlation"]) == ([], None)
    assert traced(meta={"M": {"causation": {"S": "x"}}})["correlation"] is None


@pytest.mark.parametrize(
    "changes", [{"at": {"N": "1"}}, {"commands": {"S": "x"}}, {"meta": {"M": {"correlation": {}}}}]
)
def test_what_cannot_be_told_is_left_out(changes: dict[str, Any]) -> None:
    assert traced(**changes) == KEY


def test_of_a_pointer_only_its_key_is_known() -> None:
    assert trace(Bell(STREAM, 1, None, RELAYED)) == KEY
