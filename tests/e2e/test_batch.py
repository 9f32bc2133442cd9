"""Batches on the deployed app: waiting, dying, forcing; exact whatever happens."""

import pytest

from local.server import wait_until
from tallygate.batch.records import Outcome
from tests.e2e.conftest import App
from tests.e2e.domain import acts

pytestmark = pytest.mark.e2e


def manifest(*acts: str) -> str:
    return "id,act\n" + "".join(f"item-{n},{act}\n" for n, act in enumerate(acts))


def counted(app: App) -> int:
    return app.events.load(acts.COUNTER, "all").state


def test_a_manifest_is_enough_and_another_domain_stands_in_for_the_sample(app: App) -> None:
    before = counted(app)
    ended = app.run({"manifest": app.upload("enough.csv", manifest(*["ok"] * 60, "refuse")), "concurrency": 2})
    assert ended.status == "SUCCEEDED"
    assert ended.states() == [
        "Plan",
        "What next?",
        "Dispatch",
        "Gatekeeper",
        "Report",
        "Announce",
        "Notify",
        "Complete?",
        "Partial",
    ]
    assert (ended.output["ok"], ended.output["failed"], ended.output["abandoned"]) == (60, 1, 0)
    assert counted(app) - before == 60
    (record,) = app.chunk_records(ended.output["batch"])
    assert [(one.id, one.error) for one in record.failures] == [("item-60", "ValueError: refused, as it was told")]


def test_a_killed_worker_is_waited_for_dispatched_again_and_counted_once(app: App) -> None:
    """The gatekeeper is not ready at least twice: the dead worker's lease has to lapse first."""
    before = counted(app)
    acts_ = ["ok"] * 12 + ["die"] + ["ok"] * 7
    ended = app.run(
        {
            "manifest": app.upload("die.csv", manifest(*acts_)),
            "name": "die",
            "chunk_size": 5,
            "concurrency": 2,
            "item_concurrency": 1,
        }
    )
    assert ended.status == "SUCCEEDED"
    assert ended.failures().count("NotReadyError") >= 2
    assert ended.states()[-2:] == ["Complete?", "Complete"]
    assert (ended.output["ok"], ended.output["failed"], ended.output["abandoned"]) == (20, 0, 0)
    assert counted(app) - before == 20
    assert app.logged("1 dispatched again")


def test_starting_the_same_again_changes_nothing(app: App) -> None:
    given = {"manifest": app.upload("again.csv", manifest("ok", "ok", "ok")), "name": "again"}
    first, before = app.run(given), counted(app)
    second = app.run(given)
    assert second.output == first.output
    assert counted(app) == before


def test_past_the_deadline_missing_chunks_are_abandoned_and_a_late_worker_loses(app: App) -> None:
    """The worker of chunk 1 dies, the next one sleeps until long after the deadline, then finds ABANDONED."""
    ended = app.run(
        {
            "manifest": app.upload("late.csv", manifest("ok", "ok", "die then sleep 40", "ok", "ok", "ok")),
            "name": "late",
            "chunk_size": 2,
            "concurrency": 2,
            "item_concurrency": 1,
            "deadline_minutes": 0.3,
        }
    )
    assert ended.status == "SUCCEEDED"
    assert ended.output["status"] == "partial"
    assert (ended.output["ok"], ended.output["failed"], ended.output["abandoned"]) == (4, 0, 2)
    states = ended.states()
    assert states[states.index("ForceGatekeeper") - 1 :] == [
        "Gatekeeper",
        "ForceGatekeeper",
        "Gatekeeper",
        "Report",
        "Announce",
        "Notify",
        "Complete?",
        "Partial",
    ]
    assert ended.failures()[-1] == "DeadlinePassed"
    assert wait_until(lambda: app.logged("late/1 has ended (lost), its items have not"), 90, every=0.5), app.log
    outcomes = [record.outcome for record in app.chunk_records("late")]
    assert outcomes == [Outcome.DONE, Outcome.ABANDONED, Outcome.DONE]


def test_on_incomplete_fail_fails_the_execution_and_says_why(app: App) -> None:
    given = {"manifest": app.upload("fail.csv", manifest("ok", "refuse")), "on_incomplete": "fail"}
    ended = app.run(given)
    assert (ended.status, ended.error) == ("FAILED", "Incomplete")
    assert ended.cause == "1 of 2 items are ok, 1 failed, 0 were abandoned"
