"""How an attempt at a chunk ended, and what it shows to those who tune concurrency."""

from enum import StrEnum
from typing import NamedTuple

import msgspec


class Attempt(StrEnum):
    """How an attempt ended. None of these is an error; the records decide what counts."""

    WON = "won"  # this attempt's record stands
    LOST = "lost"  # another's stands: a twin's, or the gatekeeper's ABANDONED
    RECORDED = "recorded"  # it stood there before this attempt began
    LEASED = "leased"  # another attempt is at work
    LATE = "late"  # the batch's deadline has passed
    CHECKPOINTED = "checkpointed"  # out of time; the gatekeeper dispatches the rest


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What the items of one attempt took. All times in seconds.

    Parameters
    ----------
    slots : int
        Items that may run at a time.
    items : int
        Items begun.
    seconds : float
        From the first to the last of them.
    item_seconds : float
        Together, also while they waited to be tried again.
    waited_seconds, waited_most : float
        For a slot: all together, and the one that waited longest.
    """

    slots: int
    items: int = 0
    seconds: float = 0.0
    item_seconds: float = 0.0
    waited_seconds: float = 0.0
    waited_most: float = 0.0

    @property
    def slots_in_use(self) -> float:
        """On average; close to `slots`: more of them may help, far below: fewer do."""
        return self.item_seconds / self.seconds if self.seconds else 0.0


class Metric(NamedTuple):
    """A figure for CloudWatch; `unit` is one of CloudWatch's words."""

    name: str
    unit: str
    value: float


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt that has ended.

    Parameters
    ----------
    attempt : Attempt
    careful : bool
        It announced its items, because an earlier attempt had died.
    chunk_waited : float
        Seconds from the message to the attempt.
    ok, failed : int
        Items of the record, where this attempt's stands.
    usage : Usage or None
        None where no item was begun.
    """

    attempt: Attempt
    careful: bool = False
    chunk_waited: float = 0.0
    ok: int = 0
    failed: int = 0
    usage: Usage | None = None

    def metrics(self) -> list[Metric]:
        """What a handler emits."""
        counts = [
            Metric("ChunksWon", "Count", int(self.attempt is Attempt.WON)),
            Metric("ChunksLost", "Count", int(self.attempt is Attempt.LOST)),
            Metric("ItemsOk", "Count", self.ok),
            Metric("ItemsFailed", "Count", self.failed),
            Metric("CarefulAttempts", "Count", int(self.careful)),
        ]
        return counts + (self._usage(self.usage) if self.usage else [])

    def _usage(self, usage: Usage) -> list[Metric]:
        return [
            Metric("ChunkWaitSeconds", "Seconds", self.chunk_waited),
            Metric("ItemWaitSeconds", "Seconds", usage.waited_seconds / max(1, usage.items)),
            Metric("ItemWaitSecondsMost", "Seconds", usage.waited_most),
            Metric("ItemSlots", "Count", usage.slots),
            Metric("ItemSlotsInUse", "Count", usage.slots_in_use),
            Metric("ItemsPerSecond", "Count/Second", usage.items / usage.seconds if usage.seconds else 0.0),
        ]
