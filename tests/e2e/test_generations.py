"""Redrive, cancel and going on as a new execution, on the deployed app: started as from the console."""

import gzip
import json
from typing import Any

import pytest

from local.deployment import STATE_MACHINE
from local.server import wait_until
from tallygate.batch.records import Outcome
from tests.e2e.conftest import App, Ended
from tests.e2e.domain import acts

pytestmark = pytest.mark.e2e


def manifest(*acts: str) -> str:
    return "id,act\n" + "".join(f"item-{n},{act}\n" for n, act in enumerate(acts))


def counted(app: App) -> int:
    return app.events.load(acts.COUNTER, "all").state


def totals(ended: Ended) -> tuple[Any, ...]:
    return tuple(ended.output[field] for field in ("status", "ok", "failed", "abandoned", "batch_ok", "batch_items"))


def test_a_redrive_completes_what_failed_and_the_sum_is_exact(app: App) -> None:
    before = counted(app)
    acts_ = ["ok"] * 6 + ["refuse the first time"] + ["ok"] * 4 + ["refuse the first time"]
    given = {"manifest": app.upload("redrive.csv", manifest(*acts_)), "name": "redriven", "chunk_size": 5}
    first = app.run(given)
    assert totals(first) == ("partial", 10, 2, 0, 10, 12)
    left = app.content(first.output["remaining"]).decode()
    assert left == "id,act\nitem-6,refuse the first time\nitem-11,refuse the first time\n"
    assert "refused, the first time" in app.content(first.output["errors"]).decode()
    second = app.run({"redrive": "redriven"})
    assert second.status == "SUCCEEDED"
    assert totals(second) == ("complete", 2, 0, 0, 12, 12)
    assert second.states()[-5:] == ["Report", "Announce", "Notify", "Complete?", "Complete"]
    assert counted(app) - before == 12
    refused = app.run({"redrive": "redriven"})
    assert (refused.error, refused.cause) == (
        "BadInput",
        "batch 'redriven' is complete: all 12 items are ok, nothing is left to redrive",
    )


def test_a_cancelled_batch_ends_at_once_and_so_does_the_execution_that_ran_it(app: App) -> None:
    before = counted(app)
    given = {
        "manifest": app.upload("cancel.csv", manifest("ok", *["ok then sleep 3"] * 7)),
        "name": "cancelled",
        "chunk_size": 1,
        "concurrency": 1,
    }
    running = app.start(given)
    assert wait_until(lambda: len(app.chunk_records("cancelled")) >= 1, 60, every=0.1)
    cancelling = app.run({"cancel": "cancelled"})
    assert cancelling.states()[:4] == ["Plan", "What next?", "ForceGatekeeper", "Gatekeeper"]
    assert cancelling.states()[-1] == "Cancelled"
    ended = app.wait(running)
    assert ended.output == cancelling.output
    assert ended.states()[-1] == "Cancelled"
    status, ok, failed, abandoned, _, _ = totals(ended)
    assert (status, ok + failed + abandoned) == ("cancelled", 8)
    assert abandoned >= 1
    records = app.chunk_records("cancelled")
    assert sum(record.ok for record in records if record.outcome is Outcome.DONE) == ok
    again = app.run({"redrive": "cancelled", "concurrency": 4})
    assert totals(again)[0] == "complete"
    assert totals(again)[4:] == (8, 8)
    assert counted(app) - before == 8


def test_an_execution_whose_history_is_full_goes_on_as_a_new_one(app: App) -> None:
    """The deployed machine with a smaller number of polls: the rest of its definition is untouched."""
    machines = app.deployment.machines
    described = machines.describe_state_machine(stateMachineArn=STATE_MACHINE)
    definition = json.loads(described["definition"])
    (patience,) = [
        retry for retry in definition["States"]["Gatekeeper"]["Retry"] if "NotReadyError" in retry["ErrorEquals"]
    ]
    patience["MaxAttempts"] = 1
    machine = machines.create_state_machine(
        name="short-history", definition=json.dumps(definition), roleArn=described["roleArn"]
    )["stateMachineArn"]
    before = counted(app)
    given = {
        "manifest": app.upload("long.csv", manifest("ok", "die then sleep 12", "ok")),
        "name": "long",
        "chunk_size": 1,
        "concurrency": 2,
    }
    first = app.wait(app.start(given, machine))
    assert first.states()[-2:] == ["Continue", "Continued"]
    ended, hops = first, 0
    while "continued" in ended.output:
        ended = app.wait(ended.output["continued"]["continued_as"])
        hops += 1
    assert hops >= 1
    assert totals(ended) == ("complete", 3, 0, 0, 3, 3)
    assert "Dispatch" not in ended.states()
    assert counted(app) - before == 3


def test_a_dry_run_tells_and_starts_nothing_and_gzip_and_groups_are_taken(app: App) -> None:
    before = counted(app)
    packed = gzip.compress(manifest(*["ok"] * 10, *["refuse"] * 2).encode())
    given = {"manifest": app.upload("packed.csv.gz", packed), "group_by": "act", "chunk_size": 4, "name": "packed"}
    told = app.run({**given, "dry_run": True, "item_ms": 5})
    assert told.states() == ["Plan", "What next?", "Dry run"]
    assert (told.output["items"], told.output["chunks"], told.output["warnings"]) == (12, 3, [])
    assert counted(app) == before
    ended = app.run(given)
    assert totals(ended)[:4] == ("partial", 10, 2, 0)
    assert [(record.ok, record.failed) for record in app.chunk_records("packed")] == [(4, 0), (4, 0), (2, 2)]
    assert counted(app) - before == 10


def test_several_batches_at_once_and_one_manifest_twice(app: App) -> None:
    before = counted(app)
    uri = app.upload("twice.csv", manifest(*["ok"] * 20))
    running = [
        app.start({"manifest": uri, "name": name, "chunk_size": 3, "concurrency": 2})
        for name in ("twice-a", "twice-b", "twice-a")
    ]
    ended = [app.wait(execution) for execution in running]
    assert [totals(one)[:2] for one in ended] == [("complete", 20)] * 3
    assert ended[0].output == ended[2].output
    assert counted(app) - before == 40
