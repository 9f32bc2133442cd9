"""When a layer is resolved anew old versions are deleted, which fails no deployment."""

from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from tallygate import deadline
from tallygate.deadline import Deadline
from tallygate.errors import InvalidInput
from tallygate.layer_versions.custom_resource import CustomResource
from tallygate.layer_versions.layer_version import LayerVersion
from tallygate.layer_versions.memory import MemoryCatalogue
from tallygate.layer_versions.pruning import Pruning
from tests.unit.layer_versions.bad_input import OURS
from tests.unit.layer_versions.cloudformation import PREFIX, Receiver, request
from tests.unit.layer_versions.test_custom_resource import SECONDS, asked, handle


def test_an_update_deletes_old_versions_and_spares_the_one_before(receiver: Receiver) -> None:
    shelf = MemoryCatalogue()
    for number in range(8):
        shelf.publish(OURS, f"content {number:064x}")
    event = request("Update", receiver.url, asked(f"{7:064x}", Keep="2", Runtime=""), asked(f"{3:064x}", Runtime=""))
    assert handle(shelf, event).pruned.deleted == (6, 5, 3, 2, 1)
    assert [version.number for version in shelf.versions(OURS)] == [8, 7, 4]


@pytest.mark.parametrize("kind", ["Create", "Delete"])
def test_only_an_update_deletes(receiver: Receiver, kind: str) -> None:
    shelf = MemoryCatalogue()
    for _ in range(8):
        shelf.publish(OURS)
    handle(shelf, request(kind, receiver.url, {"Layer": OURS, "Keep": "2"}))
    assert len(list(shelf.versions(OURS))) == 8


def test_trouble_with_old_versions_fails_no_deployment(receiver: Receiver) -> None:
    class Undeletable(MemoryCatalogue):
        def delete(self, layer: str, number: int) -> None:
            raise InvalidInput("allow lambda:DeleteLayerVersion")

    shelf = Undeletable()
    for _ in range(4):
        shelf.publish(OURS)
    ended = handle(shelf, request("Update", receiver.url, {"Layer": OURS, "Keep": "2"}, {"Layer": OURS}))
    assert receiver.answer["Status"] == "SUCCESS"
    assert ended.pruning_trouble == "InvalidInput: allow lambda:DeleteLayerVersion"
    assert ended.told()["pruning_trouble"] == ended.pruning_trouble
    assert ended.counts()["LayerPruningsFailed"] == 1


@pytest.mark.parametrize(("seconds", "ends"), [(1.0, 21.0), (20.0, 30.0), (31.0, None)])
def test_old_versions_are_left_well_before_it_must_be_answered(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, seconds: float, ends: float | None
) -> None:
    """One call may run over: had the time for the answer come by then, a deployment that succeeds would fail.

    Resolving takes so many seconds; the function has 60, of which the last 15 are the answer's.
    """
    now, given = [0.0], list[float]()
    monkeypatch.setattr(deadline, "time", SimpleNamespace(monotonic=lambda: now[0]))

    class Slow(MemoryCatalogue):
        def versions(self, layer: str) -> Iterator[LayerVersion]:
            now[0] = seconds
            return super().versions(layer)

    shelf = Slow()
    for _ in range(4):
        shelf.publish(OURS)

    def pruning(until: Deadline) -> Pruning:
        given.append(until.at)
        return Pruning(shelf)

    event = request("Update", receiver.url, {"Layer": OURS, "Keep": "2"}, {"Layer": OURS})
    ended = CustomResource(lambda *_: shelf, pruning, deletes=PREFIX).handle(event, Deadline.after(SECONDS))
    assert receiver.answer["Status"] == "SUCCESS"
    assert given == ([] if ends is None else [ends])
    assert bool(ended.pruning_trouble) == (ends is None)


def test_a_change_lately_is_waited_for(receiver: Receiver) -> None:
    shelf = MemoryCatalogue()
    arns = [shelf.publish(OURS).arn for _ in range(4)]
    shelf.use("sweep", arns[-1], modified=datetime.now(UTC))
    ended = handle(shelf, request("Update", receiver.url, {"Layer": OURS, "Keep": "2"}, {"Layer": OURS}))
    assert ended.pruned.waits_for == "sweep"
    assert len(list(shelf.versions(OURS))) == 4
