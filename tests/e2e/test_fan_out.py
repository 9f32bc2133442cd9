"""The deployed fan-out: one's own write read in a view, a lost record healed, a command explained."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from local.deployment import COMMIT_STREAM, EVENTS_TABLE, LOOKING_ON, PREFIX, VIEWS_TABLE
from tallygate import aws
from tallygate.deadline import Deadline
from tallygate.explain import Explainer, Question
from tallygate.explain.cloudwatch import CloudWatchLogLines
from tallygate.explain.log_lines import Line
from tallygate.explain.text import lines
from tallygate.projections import NotYetApplied
from tallygate.projections.dynamodb import DynamoDBRows
from tallygate.projections.dynamodb_notes import DynamoDBNotes
from tallygate.projections.lambda_sweeps import LambdaSweeps
from tallygate.projections.operations import Operations
from tallygate.projections.views import OpenView, Views
from tests.e2e.conftest import App
from tests.e2e.domain import acts, counts

pytestmark = pytest.mark.e2e


def rows(app: App, consumer: str) -> DynamoDBRows:
    return DynamoDBRows(VIEWS_TABLE, consumer, app.deployment.dynamodb)


@pytest.fixture
def view(app: App) -> OpenView[int]:
    notes = DynamoDBNotes(VIEWS_TABLE, app.deployment.dynamodb)
    return Views([counts.COUNTS], lambda id: rows(app, id), notes).open("counts")


def count(app: App, id: str, command: str) -> int:
    executed = app.events.execute(
        acts.COUNTER, id, lambda _: [acts.Counted()], command_id=command, since=datetime.now(UTC)
    )
    assert executed.commit is not None
    return executed.commit.version


def test_ones_own_write_is_read_and_a_command_is_explained(app: App, view: OpenView[int]) -> None:
    before = view.totals().values.get("counted", 0)
    version = count(app, "own", "own-write")
    assert view.wait("own", version, deadline_seconds=30).view == version
    assert view.totals().values["counted"] == before + 1
    logs = boto3.client("logs", config=LOOKING_ON, **app.deployment.emulator.client_settings())
    explainer = Explainer(CloudWatchLogLines(PREFIX, logs), app.events._log, lambda id: rows(app, id))
    question = Question(since=datetime.now(UTC) - timedelta(hours=1), command="own-write")
    (story,) = explainer.explain(question, Deadline.after(30))
    told = "\n".join(lines(story))
    assert "sent to Kinesis" in told
    assert f"project-counts-1  applied versions {version} to {version}" in told


def test_one_correlation_leads_from_a_batch_to_its_view(app: App) -> None:
    """In the log of the worker that carried the commands out, of the relay, and of the projection."""
    manifest = app.upload("correlated.csv", "id,act\nc1,ok\nc2,ok\n")
    assert app.run({"manifest": manifest, "name": "correlated"}).output["ok"] == 2
    logs = boto3.client("logs", config=LOOKING_ON, **app.deployment.emulator.client_settings())
    lines, since, until = CloudWatchLogLines(PREFIX, logs), datetime.now(UTC) - timedelta(hours=1), Deadline.after(60)

    def told(function: str, within: str, key: str) -> set[str]:
        """Streams of which it said that they belong to the batch."""
        found = [line.data.get(within, []) for line in lines.find(function, "correlated", since, until)]
        return {each["stream"] for some in found for each in some if "correlated" in each.get(key, ())}

    while not (applied := told("project-counts-1", "streams", "correlations")) and not until.passed:
        time.sleep(0.2)
    assert applied == told("relay", "commits", "correlation") == {"counter-all"}
    worked = [line.data.get("correlation") for line in lines.find("work", "correlated", since, until)]
    assert "correlated" in worked


def test_a_record_that_is_lost_is_healed_by_the_sweep(app: App, view: OpenView[int]) -> None:
    app.deployment.emulator.disturb_deliveries(COMMIT_STREAM, dropped=1.0)
    version = count(app, "lost", "lost-record")
    with pytest.raises(NotYetApplied, match="counter-lost is at version 0 in counts-1, 1 was not reached in 2 s"):
        view.wait("lost", version, deadline_seconds=2)
    app.deployment.emulator.disturb_deliveries(COMMIT_STREAM)
    client = boto3.client(
        "lambda", config=aws.config(read_timeout=300, attempts=1), **app.deployment.emulator.client_settings()
    )
    notes = DynamoDBNotes(VIEWS_TABLE, app.deployment.dynamodb)
    work = Operations(lambda id: rows(app, id), notes, LambdaSweeps(PREFIX, client))
    assert work.rebuild("counts-1", Deadline.after(60)).is_clean
    assert view.view("lost").view == 1


@pytest.fixture
def stored(app: App, view: OpenView[int]) -> Iterator[list[dict[str, Any]]]:
    """Two commits of a stream that the view has. Afterwards they are there again: sweeps compare view and table."""
    for command in ("first", "second"):
        count(app, "changed", command)
    assert view.wait("changed", 2, deadline_seconds=30).view == 2
    keys = [{"pk": {"S": "counter-changed"}, "sk": {"N": version}} for version in ("1", "2")]
    table, items = app.deployment.dynamodb, list[dict[str, Any]]()
    for key in keys:
        items.append(dict(table.get_item(TableName=EVENTS_TABLE, Key=key, ConsistentRead=True)["Item"]))
    yield items
    for item in items:
        table.put_item(TableName=EVENTS_TABLE, Item=item)


def test_commits_that_are_written_over_or_deleted_are_told_and_the_view_stays(
    app: App, view: OpenView[int], stored: list[dict[str, Any]]
) -> None:
    table, since = app.deployment.dynamodb, datetime.now(UTC) - timedelta(minutes=1)
    first, second = ({name: item[name] for name in ("pk", "sk")} for item in stored)
    table.put_item(TableName=EVENTS_TABLE, Item=first | {"no": {"S": "commit"}})
    table.put_item(TableName=EVENTS_TABLE, Item=stored[0] | {"commit_id": {"S": "forged"}})
    table.delete_item(TableName=EVENTS_TABLE, Key=second)
    logs = CloudWatchLogLines(
        PREFIX, boto3.client("logs", config=LOOKING_ON, **app.deployment.emulator.client_settings())
    )
    until = Deadline.after(30)

    def said(text: str) -> list[Line]:
        return logs.find("relay", text, since, until)

    while sum(line.data.get("CommitsChanged", [0])[0] for line in said("CommitsChanged")) < 3 and not until.passed:
        time.sleep(0.1)
    errors = [line.data for line in said("changed commit") if line.data.get("message") == "changed commit"]
    assert [(one["level"], one["stream"], one["version"], one["removed"], one["commit_id"]) for one in errors] == [
        ("ERROR", "counter-changed", 1, False, ""),
        ("ERROR", "counter-changed", 1, False, "forged"),
        ("ERROR", "counter-changed", 2, True, ""),
    ]
    assert (view.view("changed").view, view.view("changed").version) == (2, 2)
