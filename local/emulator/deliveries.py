"""Disturbs what a Kinesis stream hands to its consumers: records twice, out of order, or not at all.

Kinesis itself loses nothing, but those who put do: a producer that was not answered puts again, and its records
stand twice, and behind later ones; a relay that gives up leaves a gap. All of it happens here where records arrive:
whoever put is told that they are there.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local.emulator.patching import module, rewrite, wrap

FAULTS = ("twice", "shuffled", "dropped")
LATER = (1, 5)
"""How many records of the shard a copy or a record that is held back lets pass, at least and at most."""
PATIENCE_SECONDS = 0.5
"""How long it is held back at most."""


@dataclass
class Held:
    """A record that is appended when `pass_by` others have been, or at `until` (monotonic) at the latest."""

    fault: str
    shard: dict[str, Any]
    record: dict[str, Any]
    pass_by: int
    until: float
    passed: bool = False


class Plan:
    """What is to happen to the records of one stream."""

    def __init__(self, seed: int, chances: dict[str, float]) -> None:
        self._random = random.Random(seed)  # noqa: S311  # faults, not secrets
        self._chances = chances

    def draw(self) -> tuple[str, int]:
        """Return the fault that strikes the next record, or "", and how many others it lets pass."""
        drawn, after = self._random.random(), self._random.randint(*LATER)
        for fault, chance in self._chances.items():
            drawn -= chance
            if drawn < 0:
                return fault, after
        return "", after


class Deliveries:
    """The plans of all streams, the records held back, and what struck. All methods may be called from any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition(threading.RLock())
        self._plans: dict[str, Plan] = {}
        self._held: list[Held] = []
        self._struck: Counter[str] = Counter()
        self._sweeper: threading.Thread | None = None
        self._stamp: Callable[[dict[str, Any]], dict[str, Any]] = dict
        self._announce: Callable[[], None] = lambda: None

    def install(self) -> None:
        """Let the emulator append to its shards through us."""
        streams = module("services.kinesis")
        for name, shard in (("_put_record", "shard_id"), ("_put_records", "sid"), ("put_record_internal", "shard_id")):
            change = (f'stream["shards"][{shard}]["records"].append({{', f"_tallygate_append(stream, {shard}, {{")
            rewrite(streams, name, change, _tallygate_append=self.append)
        # The emulator replaces a shard's list when it removes old records: what we append meanwhile would be lost.
        wrap(streams, "_expire_records", self._alone)
        self._announce = module("core.concurrency").esm_wake.set
        self._stamp = lambda record: {
            **record,
            "SequenceNumber": streams._next_sequence_number(),  # noqa: SLF001
            "ApproximateArrivalTimestamp": round(time.time(), 3),
        }

    def disturb(self, stream: str, *, seed: int, chances: Mapping[str, float | None]) -> None:
        """Disturb the stream of that name from now on, and count anew; without a chance above 0, no more.

        Each record draws at most one fault, with the chances `twice`, `shuffled` and `dropped`. Raises ValueError.
        """
        given = {fault: float(chances.get(fault) or 0) for fault in FAULTS}
        if chances.keys() - given.keys() or min(given.values()) < 0 or sum(given.values()) > 1:
            raise ValueError(f"not chances of {', '.join(FAULTS)}, together at most 1: {dict(chances)}")
        with self._changed:
            if any(given.values()):
                self._plans[stream] = Plan(seed, given)
                self._struck.clear()
            else:
                self._plans.pop(stream, None)

    def struck(self) -> dict[str, int]:
        """Return how many records stand `twice`, were `shuffled` and `dropped`, of how many that were `put`."""
        with self._changed:
            return {what: self._struck[what] for what in (*FAULTS, "put")}

    def append(self, stream: dict[str, Any], shard_id: str, record: dict[str, Any]) -> None:
        """Append a record to its shard, or do what the stream's plan says."""
        shard = stream["shards"][shard_id]
        with self._changed:
            plan = self._plans.get(stream["StreamName"])
            fault, pass_by = plan.draw() if plan else ("", 0)
            self._struck["put"] += plan is not None
            if fault == "dropped":
                self._struck[fault] += 1
            elif fault != "shuffled":
                self._add(shard, record)
                self._pass(shard)
            if fault in {"twice", "shuffled"}:
                self._hold(Held(fault, shard, record, pass_by, time.monotonic() + PATIENCE_SECONDS))

    def _pass(self, shard: dict[str, Any]) -> None:
        """One more record has passed those of the shard that are held back."""
        for held in [held for held in self._held if held.shard is shard]:
            held.pass_by -= 1
            held.passed = True
            if held.pass_by <= 0:
                self._release(held)

    def _hold(self, held: Held) -> None:
        self._held.append(held)
        if self._sweeper is None:
            self._sweeper = threading.Thread(target=self._sweep, daemon=True, name="tallygate-deliveries")
            self._sweeper.start()
        self._changed.notify_all()

    def _release(self, held: Held) -> None:
        """Append a record that was held back. It counts as shuffled only if another one has passed it."""
        self._held.remove(held)
        self._add(held.shard, self._stamp(held.record))
        self._struck[held.fault] += held.fault == "twice" or held.passed

    def _add(self, shard: dict[str, Any], record: dict[str, Any]) -> None:
        """Append; a record that was overtaken since it got its number gets a new one, for numbers only grow."""
        records = shard["records"]
        late = records and records[-1]["SequenceNumber"] > record["SequenceNumber"]
        records.append(self._stamp(record) if late else record)

    def _sweep(self) -> None:
        """Release what has waited long enough, for ever."""
        while True:
            with self._changed:
                now = time.monotonic()
                due = [held for held in self._held if held.until <= now]
                for held in due:
                    self._release(held)
                if not due:
                    self._changed.wait(min((held.until - now for held in self._held), default=None))
            if due:
                self._announce()

    def _alone(self, expire: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
        def expire_alone(stream: dict[str, Any]) -> None:
            with self._changed:
                expire(stream)

        return expire_alone
