"""A deployed environment whose table lost its end: restored to a time, switched by a deployment, and exact again."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest

from local import cdk
from local.deployment import BATCHES_TABLE, EVENTS_TABLE, PREFIX, VIEWS_TABLE, Deployment
from local.emulator.process import Emulator
from tallygate import aws
from tallygate.deadline import Deadline
from tallygate.events import EventStore, WrongEpoch
from tallygate.events.dynamodb import DynamoDBCommitLog
from tallygate.projections.dynamodb import DynamoDBRows
from tallygate.projections.dynamodb_notes import DynamoDBNotes
from tallygate.projections.lambda_sweeps import LambdaSweeps
from tallygate.projections.operations import Operations
from tallygate.projections.views import OpenView, Views
from tallygate.restore.__main__ import main
from tests.e2e.conftest import App, Ended
from tests.e2e.domain import acts, counts
from tests.restore.conftest import moment

pytestmark = [pytest.mark.e2e, pytest.mark.long, pytest.mark.timeout(1800)]
DOMAIN = "tests/e2e/domain"
NEW = f"{EVENTS_TABLE}-2"


@pytest.fixture(scope="module")
def app(emulator: Emulator) -> App:
    return App(Deployment.make(emulator, domain=DOMAIN))


def run(app: App, name: str, items: int) -> Ended:
    rows = "".join(f"{name}-{n},ok\n" for n in range(items))
    return app.run({"manifest": app.upload(f"{name}.csv", f"id,act\n{rows}"), "name": name, "chunk_size": 5})


def totals(ended: Ended) -> tuple[Any, ...]:
    return tuple(ended.output.get(field) for field in ("status", "ok", "abandoned", "batch_ok"))


def store(app: App, table: str, epoch: int) -> EventStore:
    return EventStore(DynamoDBCommitLog(table, app.deployment.dynamodb), epoch=epoch)


def operations(app: App) -> Operations:
    client = boto3.client(
        "lambda", config=aws.config(read_timeout=300, attempts=1), **app.deployment.emulator.client_settings()
    )
    dynamodb = app.deployment.dynamodb
    return Operations(
        lambda id: DynamoDBRows(VIEWS_TABLE, id, dynamodb),
        DynamoDBNotes(VIEWS_TABLE, dynamodb),
        LambdaSweeps(PREFIX, client),
    )


def view(app: App) -> OpenView[int]:
    dynamodb = app.deployment.dynamodb
    notes = DynamoDBNotes(VIEWS_TABLE, dynamodb)
    return Views([counts.COUNTS], lambda id: DynamoDBRows(VIEWS_TABLE, id, dynamodb), notes).open("counts")


def command(*words: str) -> None:
    assert main([words[0], "--environment", "local", *words[1:]]) == 0


def test_a_table_that_lost_its_end_is_restored_and_everything_is_exact_again(
    app: App, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert totals(run(app, "kept", 20)) == ("complete", 20, 0, 20)
    at = moment()
    assert totals(run(app, "gone", 15)) == ("complete", 15, 0, 15)
    head = store(app, EVENTS_TABLE, 1).load(acts.COUNTER, "all")
    assert head.state == 35
    assert view(app).wait("all", head.version, deadline_seconds=60).view == 35

    command("table", "--at", at, "--poll-seconds", "0.2")
    assert f'epoch=2, restored_table="{NEW}"' in capsys.readouterr().out
    cdk.synth(
        app.deployment.emulator,
        program=f"{sys.executable} -m tests.restore.switched {NEW} 2",
        context={"domain": DOMAIN},
        assembly=tmp_path / "cdk.out",
    )
    cdk.deploy(app.deployment.emulator, assembly=tmp_path / "cdk.out")

    # readers see the old view until its rebuild, which takes back what is lost
    restored = store(app, NEW, 2).load(acts.COUNTER, "all")
    assert restored.state == 20
    assert view(app).view("all").view == 35
    operations(app).rebuild("counts-1", Deadline.after(120))
    assert (view(app).view("all").view, view(app).view("all").version) == (20, restored.version)
    assert view(app).totals().values == {"counted": 20}

    # what was lost is told; code of the old epoch is refused once its stream goes on
    command("lost")
    told = capsys.readouterr()
    assert "of batch gone: 15 items" in told.err
    lost = [json.loads(line) for line in told.out.splitlines()]
    assert sum(len(one["commands"]) for one in lost if one["stream"] == "counter-all") == 15
    assert totals(run(app, "after", 10)) == ("complete", 10, 0, 10)
    with pytest.raises(WrongEpoch):
        store(app, NEW, 1).execute(
            acts.COUNTER, "all", lambda _: [acts.Counted()], command_id="old", since=datetime.now(UTC)
        )

    # batches that counted what is lost are uncertain again; a redrive makes what is missing, and nothing twice
    command("reopen", "--at", at, "--yes")
    assert "gone: 15 items in 3 chunks are uncertain again" in capsys.readouterr().out
    for name, items in (("kept", 20), ("gone", 15), ("after", 10)):
        assert totals(run(app, name, items)) == ("partial", 0, items, 0)
        redriven = app.run({"redrive": name})
        assert totals(redriven) == ("complete", items, 0, items)
    end = store(app, NEW, 2).load(acts.COUNTER, "all")
    assert end.state == 45
    assert view(app).wait("all", end.version, deadline_seconds=60).view == 45
    assert len(app.deployment.dynamodb.scan(TableName=BATCHES_TABLE)["Items"]) > 0

    # a row that is further than its stream, in one epoch: what a restore without a new epoch would leave
    row = DynamoDBRows(VIEWS_TABLE, "counts-1", app.deployment.dynamodb)
    standing = row.get(acts.COUNTER.stream("all"), Deadline.after(10))
    assert standing is not None
    app.deployment.dynamodb.update_item(
        TableName=VIEWS_TABLE,
        Key=_key(app),
        UpdateExpression="SET version = :ahead",
        ExpressionAttributeValues={":ahead": {"N": str(standing.version + 7)}},
    )
    with pytest.raises(Exception, match="the time was up before a whole sweep of counts-1"):
        operations(app).rebuild("counts-1", Deadline.after(8))
    last = operations(app).state("counts-1", Deadline.after(10)).last
    assert last is not None
    assert (last.ahead, last.is_clean) == (1, False)


def _key(app: App) -> Any:
    items = app.deployment.dynamodb.scan(TableName=VIEWS_TABLE)["Items"]
    (item,) = [item for item in items if item["sk"]["S"] == "counter-all" and item["pk"]["S"].startswith("counts-1#")]
    return {"pk": item["pk"], "sk": item["sk"]}
