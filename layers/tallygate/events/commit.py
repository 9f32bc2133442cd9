"""A commit: the events that were decided together, stored as one item or not at all."""

from collections.abc import Mapping
from datetime import datetime
from secrets import token_urlsafe
from typing import Any

import msgspec

from tallygate.events.stream_id import StreamId

REWOUND = "$rewound"  # no class of a user can be called so


def new_commit_id() -> str:
    """An id that no other commit has: 96 random bits, short because each commit pays for it."""
    return token_urlsafe(12)


def correlation_of(meta: Mapping[str, str]) -> str | None:
    """What a commit belongs to, by its `meta`: its correlation, or else its batch."""
    return meta.get("correlation") or meta.get("batch")


class StoredEvent(msgspec.Struct, frozen=True):
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


class Commit(msgspec.Struct, frozen=True, eq=False):
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
    meta: Mapping[str, str] = msgspec.field(default_factory=dict)
    size: int = 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Commit) and self._content == other._content

    def __hash__(self) -> int:
        return hash((self.stream, self.version, self.commit_id))

    @property
    def _content(self) -> tuple[object, ...]:
        return msgspec.structs.astuple(self)[:-1]

    def sized(self, size: int) -> "Commit":
        """The same commit, with its size."""
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
    def correlation(self) -> str | None:
        """See `correlation_of`."""
        return correlation_of(self.meta)

    @property
    def types(self) -> tuple[str, ...]:
        """The event types in it, each once, in order of first appearance."""
        return tuple(dict.fromkeys(event.type for event in self.events))
