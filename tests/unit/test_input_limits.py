"""What comes in from outside is bounded, and refused without being told again in full. See docs/security.md."""

import json
import traceback
from typing import Any

import pytest

from tallygate.batch.chunk import Chunk
from tallygate.batch.chunk_task import ChunkTask
from tallygate.batch.errors import BadInput
from tallygate.batch.plan.asked import asked
from tallygate.batch.queue import chunk_message
from tallygate.batch.worker import Worker
from tallygate.explain.__main__ import main as explain
from tallygate.projections.__main__ import main as operate

SECRET = "Ada Lovelace"
LONG = SECRET + "x" * 300_000
WORKERS = (Worker(name="only", process=lambda _item, _context: None),)
CHUNK = {"i": 0, "start": 10, "end": 20, "line": 2, "items": 1}
MESSAGE: dict[str, Any] = {"batch": "b1", "generation": 0, "chunk": CHUNK}
LONGEST_MESSAGE = 700  # what Step Functions shows of a cause: 32 KB


def test_a_chunk_message_that_is_right_is_read() -> None:
    assert chunk_message.from_text(json.dumps(MESSAGE)).batch == "b1"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (json.dumps(MESSAGE | {"more": LONG}), r"a body of 300,\d+ characters is no chunk message: 4,096 at most"),
        (SECRET, "a body of 12 characters is no chunk message: it is no JSON"),
        ("[" * 4000, "is no chunk message: it is no JSON"),
        (json.dumps([SECRET]), "what arrived is no chunk message: expected"),
        (json.dumps(MESSAGE | {"batch": f"../{SECRET}"}), "its batch or its generation can't be one"),
        (json.dumps(MESSAGE | {"generation": -1}), "its batch or its generation can't be one"),
        (json.dumps(MESSAGE | {"chunk": {**CHUNK, "i": -1}}), "what arrived is no chunk"),
        (json.dumps(MESSAGE | {"chunk": {**CHUNK, "end": 10}}), "what arrived is no chunk"),
        (json.dumps(MESSAGE | {"chunk": {**CHUNK, "end": 10**10}}), "what arrived is no chunk"),
        (
            json.dumps(MESSAGE | {"chunk": {**CHUNK, "i": SECRET}}),
            "what arrived is no chunk message",
        ),
    ],
)
def test_a_message_that_is_none_is_refused_and_not_told_again(body: str, says: str) -> None:
    with pytest.raises(BadInput, match=says) as refused:
        chunk_message.from_text(body)
    assert SECRET not in "".join(traceback.format_exception(refused.value, chain=True))


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"i": -1}, "its numbers can't be those of a run of lines"),
        ({"items": 0}, "its numbers can't be those of a run of lines"),
        ({"end": 10}, "its numbers can't be those of a run of lines"),
        ({"end": 10**10}, "it has 9,999,999,990 bytes, 655,360,000 at most"),
        ({"i": SECRET}, "expected i, start, end, line, items as whole numbers"),
    ],
)
def test_a_chunk_that_is_none_is_refused(changed: dict[str, Any], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        Chunk.from_json(CHUNK | changed)


def test_the_same_of_an_invocation() -> None:
    with pytest.raises(BadInput, match="no chunk message") as refused:
        ChunkTask.from_json({"batch": SECRET})
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    "given",
    [
        {"manifest": LONG},
        {"manifest": f"s3://bucket/{LONG}.csv"},
        {"manifest": ["s3://bucket/key.csv"] * 20_000},
        {"manifest": "s3://bucket/key.csv", "worker": LONG},
        {"manifest": "s3://bucket/key.csv", "name": LONG},
        {"manifest": "s3://bucket/key.csv", "group_by": LONG},
        {"manifest": "s3://bucket/key.csv", "chunk_size": 10**4000},
        {"manifest": "s3://bucket/key.csv", "deadline_minutes": 10**4000},
        {"manifest": "s3://bucket/key.csv", "dispatch": LONG},
        {"manifest": "s3://bucket/key.csv", LONG: 1},
        {"cancel": LONG},
        {"redrive": [LONG]},
    ],
    ids=lambda given: f"{next(reversed(given))[:12]} {type(next(reversed(given.values()))).__name__}",
)
def test_a_refusal_is_no_longer_than_a_message_may_be(given: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as refused:
        asked(given, WORKERS)
    assert len(str(refused.value)) < LONGEST_MESSAGE


def test_a_key_that_s3_could_not_have_is_refused() -> None:
    with pytest.raises(BadInput, match=r"a key over 1,024 bytes: S3 has none"):
        asked({"manifest": f"s3://bucket/{'k' * 1021}.csv"}, WORKERS)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["parked", "--environment", "Prod!", "--consumer", "fleet-1"], "is no environment: a lower-case letter"),
        (["swap", "--environment", "dev", "--consumer", "fleet"], "is no version of a projection: give one such as"),
        (
            ["parked", "--environment", "dev", "--consumer", "x-1", "--minutes", "nan"],
            "is no number of minutes",
        ),
        (
            ["rebuild", "--environment", "dev", "--consumer", "x-1", "--minutes", "-1"],
            "is no number of minutes",
        ),
    ],
)
def test_an_operator_who_mistypes_is_told(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        operate(arguments)
    assert says in capsys.readouterr().err


def test_so_is_who_asks_for_an_explanation(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        explain(["--environment", "dev", "--command", "c", "--hours", "inf"])
    assert "'inf' is no number of hours above 0, up to 87,600" in capsys.readouterr().err
