"""A commit: the events that were decided together, stored as one item or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_urlsafe
from typing import Any

from tallygate.events.stream_id import StreamId

REWOUND = "$rewound"  # no class of a user can be called so


def new_commit_id() -> str:
    """An id that no other commit has: 96 random bits, short because each commit pays for it."""
    return token_urlsafe(12)


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as it is stored.

    Parameters
    ----------
    type : str
        The event's name, past tense, for example `FlightFlown`. It is stored: renaming it needs an upcaster.
    schema : int
        The number of the event's shape, from 1.
    data : mapping
        JSON values by field name.
    """

    type: str
    schema: int
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Commit:
    """Events of one stream under one version.

    Parameters
    ----------
    stream : StreamId
    version : int
        1, 2, 3 … without a hole.
    commit_id : str
        Made once, before the first try, so that a repeated try is recognised.
    events : tuple of StoredEvent
        In order, at least one.
    commands : tuple of str
        The ids of the commands that this commit carries out.
    at : datetime
        UTC, milliseconds, by the writer's clock.
    epoch : int
        The table's epoch; a restore starts a new one.
    meta : mapping of str to str
        Correlation, causation and the like.
    size : int
        Bytes that it takes in the log, about; not part of what makes two commits equal.
    """

    stream: StreamId
    version: int
    commit_id: str
    events: tuple[StoredEvent, ...]
    commands: tuple[str, ...]
    at: datetime
    epoch: int = 1
    meta: Mapping[str, str] = field(default_factory=dict)
    size: int = field(default=0, compare=False)

    def sized(self, size: int) -> "Commit":
        """The same commit, with its size; `dataclasses.replace` takes five times as long."""
        return Commit(
            self.stream,
            self.version,
            self.commit_id,
            self.events,
            self.commands,
            self.at,
            self.epoch,
            self.meta,
            size,
        )

    @property
    def rewinds_to(self) -> int | None:
        """The version whose state is the state after this commit; None for every commit but a rewind."""
        first = self.events[0]
        return int(first.data["to"]) if first.type == REWOUND else None

    @property
    def types(self) -> tuple[str, ...]:
        """The event types in it, each once, in order of first appearance."""
        return tuple(dict.fromkeys(event.type for event in self.events))
