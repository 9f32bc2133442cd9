"""The trial, step by step; each step adds what was not exact."""

import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from local.deployment import VIEWS_TABLE
from local.view_truth import CARRIERS, FLEET, ROUTES, Views, true_views
from tallygate.deadline import Deadline
from tallygate.events.stream_id import StreamId
from tallygate.projections.row import Row
from tests.fanout import domains
from tests.fanout.flights import append, rows_of, trouble_key
from tests.fanout.world import World

SECOND = "fleet-2"
HELD_BACK = 0.05  # of the flights: appended while the second version is filled
SWEEP_SECONDS = 900.0
TROUBLES = ("raise", "hang", "grow")
SAID = {
    "raise": "KeyError: 'a poison flight'",
    "hang": "Overrun: `apply` of fleet-1",
    "grow": "InvalidView: the view of",
}


class Trial:
    """Flights, and what is to become of them.

    Parameters
    ----------
    folder : Path
        For the domains.
    manifest : Path
    seed : int
    console : Console
    """

    def __init__(self, folder: Path, manifest: Path, seed: int, console: Console) -> None:
        rows = rows_of(manifest)
        late = max(1, round(len(rows) * HELD_BACK))
        self._rows, self._late = rows[:-late], rows[-late:]
        self._manifest, self._early = manifest, folder / "early.csv"
        lines = manifest.read_text().splitlines(keepends=True)
        self._early.write_text("".join(lines[:-late]))
        self._seed, self._console = seed, console
        self._problems: list[str] = []
        self.troubled_streams, troubles = _troubles(self._rows)
        self.troubled = domains.write(folder / "troubled", domains.TROUBLED, troubles)
        self._mended = domains.write(folder / "mended", domains.MENDED, {})

    def run(self, world: World) -> list[str]:
        """All steps. Returns what was not exact."""
        queue = world.listen()
        with world.disturbed(self._seed):
            with self._step(f"{len(self._rows):,} flights appended under faults"):
                append(world.store(), self._rows)
            with self._step("deliveries drained"):
                world.drained(300)
        self._console.print(f"deliveries: {world.emulator.deliveries_struck()}")
        with self._step("swept"):
            world.sweep((FLEET, ROUTES, "cancellations"), SWEEP_SECONDS)
        self._check_trouble(world)
        self._check_messages(world.heard(queue))
        with self._step("the mended domain deployed, with a second version"):
            world.deploy(self._mended)
        with self._step("unparked"):
            for row in list(world.operations.parked(FLEET, Deadline.after(60))):
                world.operations.unpark(FLEET, row.stream, Deadline.after(60))
            world.sweep((FLEET,), SWEEP_SECONDS)
        self._check_all(world, true_views(self._early), "after the mend")
        self._rebuild(world)
        return self._problems

    def _rebuild(self, world: World) -> None:
        with (
            self._step(f"{SECOND} filled while {len(self._late):,} more flights are appended"),
            world.writing(self._late),
        ):
            world.sweep((SECOND,), SWEEP_SECONDS)
        with self._step("both versions and the routes at the end"):
            world.sweep((FLEET, SECOND, ROUTES, "cancellations"), SWEEP_SECONDS)
            world.operations.swap("fleet", 2, Deadline.after(60))
            world.operations.swap("fleet", 1, Deadline.after(60))
        truth = true_views(self._manifest)
        self._check_all(world, {**truth, SECOND: truth[FLEET]}, "at the end")

    def _check_trouble(self, world: World) -> None:
        """Every stream but the troubled ones is exact, and those are parked, each for its own reason."""
        truth = true_views(self._early)
        wanted = {FLEET: {s: sums for s, sums in truth[FLEET].items() if s not in self.troubled_streams}}
        wanted[ROUTES] = dict(truth[ROUTES])
        views = world.views(wanted)
        parked = {row.stream: row for row in world.operations.parked(FLEET, Deadline.after(60))}
        found = [d for d in views.differences(wanted) if not _is_of(d, self.troubled_streams)]
        self._problems += [f"with trouble: {difference}" for difference in found if " in the totals" not in difference]
        if parked.keys() != set(self.troubled_streams):
            self._problems.append(f"parked are {sorted(parked)}, not {sorted(self.troubled_streams)}")
        self._problems += list(_reasons(parked, self.troubled_streams))
        behind = world.behind("slow-1")
        self._console.print(f"slow-1 is still behind on {behind} streams; it held nobody up")
        if not behind:
            self._problems.append("slow-1 was not behind: nothing is shown by it")

    def _check_messages(self, messages: list[dict[str, object]]) -> None:
        """Each cancelled flight was told, under one key however often."""
        cancelled = sum(row["dep_time"] == "NA" and row["tailnum"] != "" for row in self._rows)
        keys = Counter(str(message["idempotency_key"]) for message in messages)
        self._console.print(f"{cancelled} cancelled flights, {len(keys)} keys in {len(messages)} messages")
        if len(keys) != cancelled:
            self._problems.append(f"{len(keys)} messages, {cancelled} flights were cancelled")

    def _check_all(self, world: World, truth: Views, when: str) -> None:
        wanted = {consumer: streams for consumer, streams in truth.items() if consumer != CARRIERS}
        views = world.views(wanted)
        differences = views.differences(wanted)
        self._problems += [f"{when}: {difference}" for difference in differences]
        self._console.print(f"{when}: {', '.join(f'{name} {len(rows)} views' for name, rows in views.rows.items())}")

    def _step(self, name: str) -> "_Step":
        return _Step(name, self._console)


class _Step:
    """Tells how long a step took."""

    def __init__(self, name: str, console: Console) -> None:
        self._name, self._console, self._began = name, console, time.monotonic()

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        self._console.print(f"{self._name}: {time.monotonic() - self._began:.1f} s")


def _troubles(rows: list[Mapping[str, str]]) -> tuple[dict[str, str], dict[str, str]]:
    """Three aircraft with several flights each, and of each the second flight: what it does to `apply`."""
    flights: dict[str, list[Mapping[str, str]]] = {}
    for row in rows:
        if row["tailnum"] != "NA":
            flights.setdefault(row["tailnum"], []).append(row)
    tails = [tail for tail, its in flights.items() if len(its) >= 3][: len(TROUBLES)]
    pairs = list(zip(tails, TROUBLES, strict=True))
    streams = {f"aircraft-{tail}": trouble for tail, trouble in pairs}
    return streams, {trouble_key(flights[tail][1]): trouble for tail, trouble in pairs}


def _is_of(difference: str, streams: Mapping[str, str]) -> bool:
    return any(f" {stream} " in difference for stream in streams)


def _reasons(parked: Mapping[StreamId, Row], troubles: Mapping[str, str]) -> list[str]:
    return [
        f"{stream} is parked in {VIEWS_TABLE} for {row.parked.error}"
        for stream, row in parked.items()
        if row.parked is not None and not row.parked.error.startswith(SAID[troubles.get(stream, "raise")])
    ]
