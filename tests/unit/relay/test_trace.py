"""What the relay's log says of a commit."""

from typing import Any

import msgspec
import pytest

from tallygate.events import Commit, CommitTooLarge
from tallygate.events.items import commit_item
from tallygate.relay.bell import Bell
from tallygate.relay.trace import LINE_BYTES, log_lines, trace
from tests.unit.relay.stream_records import AT, RELAYED, commit, item_of

STREAM = commit().stream
BELL = Bell(STREAM, 1, item_of(commit()), RELAYED)
KEY = {"stream": "aircraft-N1", "version": 1}


def traced(**changes: Any) -> dict[str, Any]:
    return trace(Bell(STREAM, 1, item_of(commit()) | changes, RELAYED))


def test_the_names_in_the_log() -> None:
    """`explain` reads them: a change here is a change of format."""
    line = {"commit_id": "c1", "commands": ["b/1"], "correlation": "b", "at": "2026-11-21T12:00:00.005Z"}
    assert traced() == KEY | line


def test_a_commit_without_commands_or_correlation() -> None:
    item = {name: value for name, value in item_of(commit()).items() if name not in {"commands", "meta"}}
    line = trace(Bell(STREAM, 1, item, RELAYED))
    assert line == KEY | {"commit_id": "c1", "at": "2026-11-21T12:00:00.005Z"}
    assert "correlation" not in traced(meta={"M": {"causation": {"S": "x"}}})


@pytest.mark.parametrize(
    "changes", [{"at": {"N": "1"}}, {"commands": {"S": "x"}}, {"meta": {"M": {"correlation": {}}}}]
)
def test_what_cannot_be_told_is_left_out(changes: dict[str, Any]) -> None:
    assert traced(**changes) == KEY


def test_of_a_pointer_only_its_key_is_known() -> None:
    assert trace(Bell(STREAM, 1, None, RELAYED)) == KEY


def test_many_commits_share_a_line() -> None:
    bells = [Bell(STREAM, version, item_of(commit(version)), RELAYED) for version in range(1, 1001)]
    lines = list(log_lines(bells))
    assert [each["version"] for line in lines for each in line["commits"]] == list(range(1, 1001))
    assert {line["relayed"] for line in lines} == {"2026-11-21T12:00:01.007Z"}
    assert LINE_BYTES < max(len(msgspec.json.encode(line)) for line in lines) < LINE_BYTES + 1000
    assert len(lines) == 4
    assert list(log_lines([])) == []


def test_a_commit_with_the_most_commands_fits_a_line() -> None:
    most = Commit(STREAM, 1, "c", commit().events, tuple(f"{n:040}" for n in range(4900)), AT)
    with pytest.raises(CommitTooLarge):
        commit_item(Commit(STREAM, 1, "c", commit().events, (*most.commands, "x" * 5000), AT))
    lines = list(log_lines([BELL] * 150 + [Bell(STREAM, 1, item_of(most), RELAYED)] + [BELL]))
    assert max(len(msgspec.json.encode(line)) for line in lines) < 256 * 1024 - 1024
