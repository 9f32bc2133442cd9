"""Every path of every function, so that each permission is needed; each adds what was not as it must be."""

from collections.abc import Callable
from pathlib import Path

from local.deployment import COMMIT_STREAM
from local.server import wait_until
from tests.iam.truth import Ledger
from tests.iam.world import Ended, World

FAILING = 700  # in one chunk: their errors are more than a record keeps (100 KB)
DISPATCHES = ("map", "queue")


class Scenarios:
    """What is tried, one after the other.

    Parameters
    ----------
    world : World
    manifest : Path
        Flight records.
    """

    def __init__(self, world: World, manifest: Path) -> None:
        self.world, self.ledger = world, Ledger()
        self.problems: list[str] = []
        self._manifest = manifest
        self._items = len(manifest.read_text().splitlines()) - 1

    def all(self) -> dict[str, Callable[[], None]]:
        """By name, in order."""
        return {
            "refused": self.refused,
            "flights by map": lambda: self.flights("map"),
            "flights by queue": lambda: self.flights("queue"),
            "large commits": self.large,
            "items that die": self.dying,
            "items that fail, redriven": self.failing,
            "cancelled": self.cancelled,
            "swept": self.swept,
        }

    def refused(self) -> None:
        """Bad inputs and a dry run: a missing file is told from one that may not be read, and from no bucket."""
        missing = self.world.upload("none", "id\n").replace("none.csv", "missing.csv")
        for given, cause in (
            ({"manifest": missing}, "does not exist: upload the manifest"),
            (
                {"manifest": "s3://tallygate-local-nowhere/items.csv"},
                "the bucket tallygate-local-nowhere does not exist",
            ),
            ({"cancel": "nobody"}, "there is no batch 'nobody'"),
        ):
            ended = self.world.run(given)
            self._demand(f"{given}", (ended.status, cause in ended.trouble), ("FAILED", True), ended)
        uri = self.world.upload("flights", self._manifest.read_text())
        ended = self.world.run({"manifest": uri, "dry_run": True})
        self._demand("dry run", ended.output.get("items"), self._items, ended)

    def flights(self, dispatch: str) -> None:
        """A batch over flight records: by aircraft, by map; by carrier, by queue."""
        uri = self.world.upload("flights", self._manifest.read_text())
        given = {"manifest": uri, "name": f"flights-{dispatch}", "dispatch": dispatch, "item_concurrency": 5}
        hot = dispatch == "queue"
        given |= {"worker": "carrier_logbook"} if hot else {"concurrency": 4, "group_by": "tailnum"}
        self.ended(self.world.run(given), self._items)
        self.ledger.flown(self._manifest, hot=hot)

    def large(self) -> None:
        """Commits too large for the table, by either worker in turn, so that each reads what the other has written."""
        for n, dispatch in enumerate(("map", "queue", "map", "queue")):
            acts = "large@crate fly@crate"
            given = self.world.strain(f"large-{n}", acts, dispatch=dispatch, chunk_size=1)
            self.ended(self.world.run(given), 2)
            self.ledger.strained(f"large-{n}", acts)
            # Processes end: the next ones know no stream, and ask for its row, and for the commits.
            self.world.drained()
            self.world.deployment.emulator.enforce_roles()

    def dying(self) -> None:
        """A worker dies with an item: the gatekeeper finds its chunk, and sends it again."""
        for dispatch in DISPATCHES:
            acts = "fly cancel die"
            self.ended(self.world.run(self.world.strain(f"dying-{dispatch}", acts, dispatch=dispatch)), 3)
            self.ledger.strained(f"dying-{dispatch}", acts)

    def failing(self) -> None:
        """More errors than a record holds; then the cause is mended, and what is left over is redriven."""
        self.world.switch.unlink(missing_ok=True)
        acts = " ".join(["fail"] * FAILING + ["fly"])
        for dispatch in DISPATCHES:
            given = self.world.strain(f"failing-{dispatch}", acts, dispatch=dispatch, chunk_size=1000)
            ended = self.world.run(given)
            wanted = {"status": "partial", "ok": 1, "failed": FAILING, "abandoned": 0}
            self._demand(given["name"], {name: ended.output.get(name) for name in wanted}, wanted, ended)
            self.ledger.strained(f"failing-{dispatch}", acts)
        self.world.switch.touch()
        for dispatch in DISPATCHES:
            ended = self.world.run({"redrive": f"failing-{dispatch}"})
            self._demand(f"failing-{dispatch} redriven", ended.output.get("batch_ok"), FAILING + 1, ended)

    def cancelled(self) -> None:
        """Cancelled while items hang: what is missing is abandoned; redriven, all is there."""
        self.world.switch.unlink(missing_ok=True)
        acts = "slow slow fly fly"
        running = self.world.start(self.world.strain("cancelled", acts, chunk_size=1))
        wait_until(lambda: self._entered(running, "Dispatch"), 60)
        cancelling = self.world.run({"cancel": "cancelled"})
        self._demand("cancelled", cancelling.output.get("status"), "cancelled", cancelling)
        self.world.switch.touch()
        self.world.wait(running)
        again = self.world.run({"redrive": "cancelled"})
        self._demand("cancelled, redriven", again.output.get("batch_ok"), 4, again)
        self.ledger.strained("cancelled", acts)

    def swept(self) -> None:
        """Of one batch no consumer hears: what the next one adds to shows the gap, and the sweeps find the rest."""
        emulator = self.world.deployment.emulator
        emulator.disturb_deliveries(COMMIT_STREAM, dropped=1.0)
        acts = "large@unheard fly@unheard cancel@unheard cancel@unheard2 large@gap"
        self.ended(self.world.run(self.world.strain("unheard", acts)), 5)
        self.ledger.strained("unheard", acts)
        self.world.drained()
        emulator.disturb_deliveries(COMMIT_STREAM)
        self.ended(self.world.run(self.world.strain("heard", "large@gap")), 1)
        self.ledger.strained("heard", "large@gap")
        self.world.drained()
        self.world.sweep(*self.world.consumers())

    def ended(self, ended: Ended, items: int) -> None:
        """An execution succeeded with all items ok."""
        wanted = {"status": "complete", "items": items, "ok": items, "failed": 0, "abandoned": 0}
        self._demand("a batch", {name: ended.output.get(name) for name in wanted}, wanted, ended)

    def exact(self, when: str) -> None:
        """Tables and truth agree."""
        self.problems += [f"{when}: {difference}" for difference in self.ledger.differences(self.world)]

    def _entered(self, arn: str, state: str) -> bool:
        pages = self.world.deployment.machines.get_paginator("get_execution_history").paginate(executionArn=arn)
        events = (event for page in pages for event in page["events"])
        return any(event.get("stateEnteredEventDetails", {}).get("name") == state for event in events)

    def _demand(self, what: str, found: object, wanted: object, ended: Ended) -> None:
        if found != wanted:
            self.problems.append(f"{what}: {found!r}, not {wanted!r}: {ended.status} {ended.trouble[:500]}")
