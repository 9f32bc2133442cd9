"""An environment of each release on record, filled by that release, becomes one of the present, and goes back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local import cdk
from local.emulator.process import Emulator
from local.server import wait_until
from tests.infra.test_upgrades import EARLIER
from tests.upgrade.fill import COMMITS, LARGE_BYTES, LEDGER
from tests.upgrade.release import Release
from tests.upgrade.world import BAD_ROW, WORKER, World

pytestmark = [pytest.mark.e2e, pytest.mark.long, pytest.mark.timeout(1800)]
REPORTED = ("status", "ok", "failed", "abandoned")


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as started:
        yield started


def reported(output: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(output.get(field) for field in REPORTED)


@pytest.mark.parametrize("name", EARLIER)
def test_an_upgrade_finds_everything_and_can_be_taken_back(name: str, emulator: Emulator, tmp_path: Path) -> None:
    cdk.bootstrap(emulator)
    release, world = Release(name, tmp_path, emulator), World(emulator, tmp_path)
    release.deploy()

    # filled by the release's own code
    world.fill_with(release.code)
    assert world.snapshots() == ["ledger-long"]
    first = world.upload("first", range(60), BAD_ROW)
    assert reported(world.end(world.start(manifest=first.uri, name="first", chunk_size=20))) == ("partial", 60, 1, 0)
    middle = world.upload("middle", range(60, 360))
    running = world.start(manifest=middle.uri, name="middle", chunk_size=15, concurrency=4)
    assert wait_until(lambda: world.chunks_done("middle") >= 3, 120, every=0.05)
    world.stop_workers()
    assert wait_until(lambda: "aircraft-painted" in world.parked("fleet-1"), 120, every=0.5)
    before, commits, layers = world.physical(), world.commits(), world.layers_of(WORKER)
    parked = world.parked("fleet-1")

    world.deploy_the_present()

    assert {id: world.physical().get(id) for id in before} == before, "something that holds data was replaced"
    now = world.commits()
    assert {place: now.get(place) for place in commits} == commits
    assert world.is_running(running), "the batch was to stand in the middle"
    assert world.layers_of(WORKER) != layers
    for arn in layers:
        world.functions.get_layer_version_by_arn(Arn=arn)  # the old versions are alive
    world.let_workers_go()
    assert reported(world.end(running)) == ("complete", 300, 0, 0)
    assert sum(world.flown().values()) == 360

    # what is stored is read
    assert world.store.load(LEDGER, "long").state == COMMITS
    assert world.snapshots() == ["ledger-long"]
    assert world.large_commit() == 2 * LARGE_BYTES
    assert world.parked("fleet-1") == parked
    assert world.view_sums(first, middle) == []

    # a new batch, the same again, and a redrive
    latest = world.upload("latest", range(360, 460))
    assert reported(world.end(world.start(manifest=latest.uri, name="latest", chunk_size=20))) == (
        "complete",
        100,
        0,
        0,
    )
    assert world.view_sums(first, middle, latest) == []
    again = world.end(world.start(manifest=first.uri, name="first", chunk_size=20))
    assert reported(again) == ("partial", 60, 1, 0)
    redriven = world.end(world.start(redrive="first"))
    if name == "v0.1.0":
        assert "was worked on by a release before 0.2" in redriven["cause"]
    else:
        assert reported(redriven) == ("partial", 0, 1, 0)
    assert sum(world.flown().values()) == 460

    # and back: what a rollback of the release does
    release.deploy()
    assert {id: world.physical().get(id) for id in before} == before, "something was replaced on the way back"
    back = world.upload("back", range(460, 520))
    assert reported(world.end(world.start(manifest=back.uri, name="back", chunk_size=20))) == ("complete", 60, 0, 0)
    assert world.view_sums(first, middle, latest, back) == []
    assert world.store.load(LEDGER, "long").state == COMMITS
