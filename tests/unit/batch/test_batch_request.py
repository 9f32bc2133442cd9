"""The input in the console: what is taken, and what is refused how."""

import pytest

from tallygate.batch import Worker
from tallygate.batch.errors import BadInput
from tallygate.batch.plan.asked import asked
from tallygate.batch.plan.location import Location
from tallygate.batch.plan.request import BatchRequest
from tests.unit.batch.batches import nothing

WORKERS = tuple(Worker(name=name, process=nothing) for name in ("logbook", "carrier_logbook"))
MANIFEST = "s3://flights/2013/january.csv"


def test_a_manifest_is_enough() -> None:
    request = BatchRequest.parse({"manifest": MANIFEST}, WORKERS)
    assert request.manifest == Location(bucket="flights", key="2013/january.csv")
    assert request.parameters() == {
        "manifest": MANIFEST,
        "worker": "logbook",
        "group_by": None,
        "chunk_size": 500,
        "concurrency": 20,
        "item_concurrency": 20,
        "dispatch": "map",
        "deadline_minutes": 60,
        "on_incomplete": "partial",
    }


def test_everything_can_be_said() -> None:
    said = {
        "manifest": "s3://flights/items.jsonl",
        "name": "january-2013",
        "worker": "carrier_logbook",
        "group_by": "tailnum",
        "chunk_size": 10_000,
        "concurrency": 1,
        "item_concurrency": 100,
        "dispatch": "map",
        "deadline_minutes": 0.5,
        "on_incomplete": "fail",
    }
    request = BatchRequest.parse(said, WORKERS)
    assert {"name": request.name} | request.parameters() == said


REFUSED: list[tuple[object, str]] = [
    ([], "the input is an array, expected an object"),
    (None, "the input is null"),
    ({}, 'has no "manifest"'),
    ({"manifests": MANIFEST}, "unknown field 'manifests'.*known are manifest, name"),
    ({"manifest": 3}, r'"manifest" is a number \(3\), expected text'),
    ({"manifest": "january.csv"}, "expected s3://bucket/key"),
    ({"manifest": "s3://flights"}, "expected s3://bucket/key"),
    ({"manifest": "s3://Flights/x.csv"}, "expected s3://bucket/key"),
    ({"manifest": "https://flights/x.csv"}, "expected s3://bucket/key"),
    ({"manifest": "s3://flights/january.xlsx"}, r"ends in \.csv or \.jsonl .or .* convert or rename"),
    ({"manifest": "s3://flights/csv"}, r"ends in \.csv or \.jsonl"),
    ({"manifest": MANIFEST, "name": "a b"}, "\"name\" is 'a b'"),
    ({"manifest": MANIFEST, "name": "x" * 81}, "1 to 80"),
    ({"manifest": MANIFEST, "name": "-x"}, "begin with a letter or digit"),
    ({"manifest": MANIFEST, "worker": "pilot"}, "unknown worker 'pilot'.*'logbook' or 'carrier_logbook'"),
    ({"manifest": MANIFEST, "worker": None}, '"worker" is null'),
    ({"manifest": MANIFEST, "chunk_size": 0}, "expected 1 to 10,000"),
    ({"manifest": MANIFEST, "chunk_size": 10_001}, "expected 1 to 10,000"),
    ({"manifest": MANIFEST, "chunk_size": "500"}, "is text .'500'., expected a whole number"),
    ({"manifest": MANIFEST, "chunk_size": 2.5}, "expected a whole number"),
    ({"manifest": MANIFEST, "chunk_size": True}, "is a boolean"),
    ({"manifest": MANIFEST, "concurrency": 10_001}, "expected 1 to 10,000"),
    ({"manifest": MANIFEST, "item_concurrency": 101}, "expected 1 to 100"),
    ({"manifest": MANIFEST, "deadline_minutes": -1}, "more than 0 and at most 20,160"),
    ({"manifest": MANIFEST, "deadline_minutes": 20_161}, "more than 0 and at most 20,160"),
    ({"manifest": MANIFEST, "deadline_minutes": "60"}, "expected a number of minutes"),
    ({"manifest": MANIFEST, "dispatch": "carrier pigeon"}, "unknown dispatch"),
    ({"manifest": MANIFEST, "group_by": " "}, '"group_by" is empty'),
    ({"manifest": MANIFEST, "max_items": 0}, "expected 1 to"),
    ({"manifest": MANIFEST, "dry_run": "yes"}, "expected true or false, without quotes"),
    ({"manifest": MANIFEST, "item_ms": "5"}, "expected a number of milliseconds"),
    ({"manifest": MANIFEST, "item_ms": -1}, "expected 0 to 240,000 milliseconds"),
    ({"manifest": MANIFEST, "dispatch": "queue", "concurrency": 5}, '"concurrency" says nothing where "dispatch" is'),
    ({"manifest": MANIFEST, "cancel": "b1"}, 'the input has "manifest" and "cancel": leave out one'),
    ({"redrive": "b1", "group_by": "x"}, "unknown field 'group_by' in the input: known are redrive, worker"),
    ({"redrive": 7}, '"redrive" is a number'),
    ({"redrive": "b1", "worker": "pilot"}, "unknown worker 'pilot'"),
    ({"cancel": "b1", "force": True}, "unknown field 'force' in the input: known are cancel"),
    ({"cancel": "a b"}, "\"cancel\" is 'a b'"),
    ({"continue": "b1"}, 'has "continue" but no "generation"'),
    ({"continue": "b1", "generation": -1}, "expected 0 to"),
    ({"manifest": MANIFEST, "on_incomplete": "ignore"}, "'partial' or 'fail'"),
]


@pytest.mark.parametrize(("raw", "says"), REFUSED)
def test_bad_input_names_what_and_the_cure(raw: object, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        asked(raw, WORKERS)
