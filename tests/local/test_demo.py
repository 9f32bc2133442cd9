"""The parts of the demo: what it may be told, what it counts, what it says when the count is wrong."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from local import cdk
from local.demo import batch_run, options, tally
from local.demo.__main__ import main
from local.demo.batch_run import BatchRun, Transitions
from local.demo.read_models import ReadModels, Row
from local.demo.result import Result
from local.demo.tally import Tally
from local.deployment import BATCHES_TABLE, EVENTS_TABLE, STATE_MACHINE, WORKER, Deployment
from local.emulator.process import Emulator
from local.flights import ROWS, Truth
from tests.local.tiny_aws import ROLE, TinyAws, task

KEYS = (
    "items,ok,failed,abandoned,events,distance,exact,views_exact,seconds,write_units,read_units,invocations,"
    "transitions,not_ready"
)


@pytest.mark.parametrize("items", ["0", "abc", "-5", "1.5", "336777", "", "١٢"])
def test_a_bad_number_of_rows_is_one_line(capsys: pytest.CaptureFixture[str], items: str) -> None:
    assert main(["--items", items]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == f"ITEMS={items} is not a number of rows: give 1 to 336776, or ITEMS=all\n"


@pytest.mark.parametrize("seed", ["x", "-1", "1.0"])
def test_a_bad_seed_is_one_line(capsys: pytest.CaptureFixture[str], seed: str) -> None:
    assert main(["--seed", seed]) == 2
    assert capsys.readouterr().err.splitlines() == [
        f"SEED={seed} is not a whole number: give the seed that an earlier run printed, as SEED=7"
    ]


def test_good_options() -> None:
    assert options.parse([]).items == 10_000
    assert options.parse(["--items", "all"]).items == ROWS
    assert options.parse(["--items", "1", "--hot", "--faults", "--seed", "0"]) == options.Options(
        items=1, hot=True, faults=True, seed=0
    )


@pytest.fixture(scope="module")
def deployment(aws: TinyAws) -> Deployment:
    """The product's tables, made by hand."""
    for table in (EVENTS_TABLE, BATCHES_TABLE):
        aws.dynamodb.create_table(
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "N" if table == EVENTS_TABLE else "S"},
            ],
        )
    return Deployment(aws.emulator)


def run_machine(aws: TinyAws, deployment: Deployment, states: dict[str, Any]) -> BatchRun:
    """Run these states under the product's name."""
    definition = json.dumps({"StartAt": next(iter(states)), "States": states})
    name = STATE_MACHINE.rsplit(":", 1)[1]
    if STATE_MACHINE in [machine["stateMachineArn"] for machine in aws.machines.list_state_machines()["stateMachines"]]:
        aws.machines.update_state_machine(stateMachineArn=STATE_MACHINE, definition=definition)
    else:
        aws.machines.create_state_machine(name=name, roleArn=ROLE, definition=definition)
    return batch_run.run(deployment, {"chunks": [1, 2, 3]}, lambda done, remark: None)


def test_a_batch_that_fails_says_why(aws: TinyAws, deployment: Deployment) -> None:
    states = {"Bad input": {"Type": "Fail", "Error": "BadInput", "Cause": "no such key: s3://b/k"}}
    with pytest.raises(batch_run.BatchFailedError, match="BadInput: no such key: s3://b/k"):
        run_machine(aws, deployment, states)


def test_transitions_are_counted_as_they_are_billed(aws: TinyAws, deployment: Deployment) -> None:
    """Three states entered, two retries, three children."""
    poll = aws.function(
        """
        class NotReadyError(Exception): pass
        polls = 0
        def handler(event, context):
            global polls
            polls += 1
            if polls < 3:
                raise NotReadyError
            return {"polls": polls}
        """
    )
    retry = {"ErrorEquals": ["NotReadyError"], "IntervalSeconds": 1, "MaxDelaySeconds": 1, "JitterStrategy": "FULL"}
    echo = aws.function("def handler(event, context): return event")
    states = {
        "Dispatch": {
            "Type": "Map",
            "ItemsPath": "$.chunks",
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
                "StartAt": "Work",
                "States": {"Work": task(echo)},
            },
            "ResultPath": None,
            "Next": "Gatekeeper",
        },
        "Gatekeeper": {**task(poll, Retry=[retry]), "Next": "Complete"},
        "Complete": {"Type": "Succeed"},
    }
    del states["Gatekeeper"]["End"]
    ended = run_machine(aws, deployment, states)
    assert ended.output == {"polls": 3}
    counted = batch_run.transitions(deployment, ended.execution)
    assert counted == Transitions(transitions=3 + 2 + 3, not_ready=2)


def test_the_table_is_counted_without_reports_and_snapshots(aws: TinyAws, deployment: Deployment) -> None:
    def put(stream: str, version: int, *events: dict[str, Any]) -> None:
        item: dict[str, Any] = {
            "pk": {"S": stream},
            "sk": {"N": str(version)},
            "codec": {"S": "json"},
            "commit_id": {"S": "c"},
            "events": {"S": json.dumps(events)},
        }
        aws.dynamodb.put_item(TableName=EVENTS_TABLE, Item=item)

    flown = {"type": "FlightFlown", "schema": 1, "data": {"distance": 100}}
    cancelled = {"type": "FlightCancelled", "schema": 1, "data": {"distance": 11}}
    put("aircraft-N1", 0, flown)
    put("aircraft-N1", 1, flown, cancelled)
    put("aircraft-N2", 1, flown)
    put("batch-b1", 1, {"type": "BatchReported", "schema": 1, "data": {"ok": 3}})
    assert tally.read_back(deployment) == Tally(events=3, distance=211, streams={"aircraft-N1": 2, "aircraft-N2": 1})
    put("batches-are-not-reports", 1, cancelled)
    assert tally.read_back(deployment).events == 4


def test_an_unknown_codec_is_no_zero() -> None:
    with pytest.raises(ValueError, match="'zstd', which the demo can't read"):
        tally.flights({"codec": {"S": "zstd"}, "commit_id": {"S": "c1"}})


TRUTH = Truth(items=3, distance=211, streams={"aircraft-N1": 2, "aircraft-N2": 1})
VIEW_TRUTH = {"fleet-1": {"aircraft-N1": {"flights": 2, "miles": 200}, "aircraft-N2": {"flights": 1, "miles": 11}}}
VIEWS = ReadModels(
    rows={
        "fleet-1": {
            "aircraft-N1": Row(version=2, adds={"flights": 2, "miles": 200}, parked=""),
            "aircraft-N2": Row(version=1, adds={"flights": 1, "miles": 11}, parked=""),
        }
    },
    heads={"aircraft-N1": 2, "aircraft-N2": 1},
    seconds=0.5,
)
RESULT = Result(
    batch=BatchRun(
        execution="arn", output={"items": 3, "ok": 3, "failed": 0, "abandoned": 0, "status": "complete"}, seconds=1.26
    ),
    history=Transitions(transitions=9, not_ready=2),
    tally=Tally(events=3, distance=211, streams=dict(TRUTH.streams)),
    truth=TRUTH,
    views=VIEWS,
    view_truth=VIEW_TRUTH,
    meter={
        "write_units": 7.0,
        "read_units": 2.5,
        "functions": {WORKER: {"invocations": 4, "cold_starts": 2}, "tiny": {"invocations": 100}},
        "tables": {EVENTS_TABLE: {"PutItem": {"calls": 4.0}, "Query": {"calls": 2.0}}},
    },
    raw_puts=500.0,
)


def test_the_last_line() -> None:
    assert RESULT.differences() == []
    line = json.loads(RESULT.line())
    assert ",".join(line) == KEYS
    assert line == {
        "items": 3,
        "ok": 3,
        "failed": 0,
        "abandoned": 0,
        "events": 3,
        "distance": 211,
        "exact": True,
        "views_exact": True,
        "seconds": 1.3,
        "write_units": 7,
        "read_units": 2.5,
        "invocations": 4,
        "transitions": 9,
        "not_ready": 2,
    }
    assert next(iter(RESULT.sentences())) == "2.00 DynamoDB calls per item (PutItem 1.33, Query 0.67)"


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (replace(RESULT, tally=replace(RESULT.tally, events=4)), "events: 4 in the table, 3 in the file"),
        (replace(RESULT, tally=replace(RESULT.tally, distance=0)), "distance: 0 in the table, 211 in the file"),
        (
            replace(RESULT, tally=replace(RESULT.tally, streams={"aircraft-N1": 1, "aircraft-N2": 2})),
            "aircraft-N1: 1 events in the table, 2 rows in the file",
        ),
        (
            replace(RESULT, batch=replace(RESULT.batch, output={"items": 3, "ok": 2, "failed": 0, "abandoned": 0})),
            "ok + failed + abandoned is not items",
        ),
        (
            replace(RESULT, batch=replace(RESULT.batch, output={"items": 3, "ok": 2, "failed": 1, "abandoned": 0})),
            "ok: 2 in the report, 3 in the file",
        ),
    ],
)
def test_a_wrong_count_is_not_exact(result: Result, said: str) -> None:
    assert any(said in difference for difference in result.differences())
    assert json.loads(result.line())["exact"] is False


def test_a_wrong_view_is_not_exact() -> None:
    wrong = replace(RESULT, view_truth={"fleet-1": {"aircraft-N1": {"flights": 2}}})
    assert json.loads(wrong.line())["views_exact"] is False
    assert json.loads(wrong.line())["exact"] is True


def test_the_cli_has_nothing_of_the_user(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    environment = cdk.cli_environment(emulator)
    assert "AWS_PROFILE" not in environment
    assert environment["AWS_ENDPOINT_URL"] == emulator.endpoint


def test_a_failing_cli_shows_its_last_words_and_its_log(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cdk, "CLI", Path("/bin/ls"))
    with pytest.raises(cdk.CdkError, match=r"(?s)ls: .*cdk bootstrap failed; all it said is in .*cdk-bootstrap\.log"):
        cdk.bootstrap(emulator)
    monkeypatch.setattr(cdk, "CLI", Path("/no/such/cdk"))
    with pytest.raises(cdk.CdkError, match="run `make setup`"):
        cdk.bootstrap(emulator)
