"""What a user writes to tell the world: a message for each event, sent once per idempotency key.

An effect is no projection: it has no view, no version and no rebuild, so nothing that was sent is sent again because
somebody changed their mind about a view.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from tallygate import clock
from tallygate.events import serializer
from tallygate.events.aggregate import Aggregate
from tallygate.events.commit import Commit, StoredEvent
from tallygate.projections.errors import InvalidProjection, InvalidView
from tallygate.projections.projection import MAX_APPLY_SECONDS, check_name, event_types, is_time_limit

# EventBridge takes 256 KB an entry, all of its fields together. Source: PutEvents in its API reference.
MAX_DETAIL_BYTES = 250 * 1024


class Message(msgspec.Struct, frozen=True):
    """What is sent for one event.

    Parameters
    ----------
    key : str
        The same on every try: who receives it drops what it has seen.
    type : str
        The event's type.
    source : str
        `tallygate.` and the effect's name.
    at : datetime
        When the commit was made.
    detail : str
        JSON: `idempotency_key`, `stream`, `version`, `index`, `at`, `correlation` (where there is one), `data`.
    """

    key: str
    type: str
    source: str
    at: datetime
    detail: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Effect:
    """The definition of an outbox: events of an aggregate, told to others.

    Parameters
    ----------
    name : str
        A lower-case letter, then at most 27 of `a-z 0-9 _`.
    of : Aggregate
    since : datetime
        Events of commits made before it are never sent: set it to the day of the first deployment.
    message : callable
        `(event) -> mapping or None`, pure: what to tell, as JSON; None: nothing.
    events : tuple of classes, optional
        As in `Projection`.

    Raises
    ------
    InvalidProjection
    """

    name: str
    of: Aggregate[Any]
    since: datetime
    message: Callable[[Any], Mapping[str, Any] | None]
    events: tuple[type, ...] | None = None
    message_seconds: float = 5.0
    _types: frozenset[str] | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        check_name("effect", self.name)
        self._demand(
            isinstance(self.of, Aggregate), f"`of` is {self.of!r}: give the aggregate whose streams it follows"
        )
        self._demand(
            callable(self.message), f"`message` is {self.message!r}: give a function (event) -> mapping or None"
        )
        self._demand(
            _is_aware(self.since),
            f"`since` is {self.since!r}: give a time with an offset, such as datetime(2026, 1, 1, tzinfo=UTC)",
        )
        self._demand(
            is_time_limit(self.message_seconds),
            f"`message_seconds` is {self.message_seconds!r}: give seconds up to {MAX_APPLY_SECONDS:g}",
        )
        object.__setattr__(self, "_types", event_types("effect", self.name, self.of, self.events))

    @property
    def category(self) -> str:
        """Of the streams that it follows."""
        return self.of.category

    @property
    def id(self) -> str:
        """The name: an effect has one version for ever."""
        return self.name

    def wants(self, commit: Commit, stored: StoredEvent) -> bool:
        """True if the stored event may be told."""
        return commit.at >= self.since and (self._types is None or self.of.type_today(stored) in self._types)

    def message_for(self, commit: Commit, index: int, event: object) -> Message | None:
        """What to send for the event at `index` of the commit. Raises `InvalidView`: no JSON, or too large."""
        data: Any = self.message(event)
        if data is None:
            return None
        if not isinstance(data, Mapping):
            raise InvalidView(f"`message` of {self.name} gave {data!r}: give a mapping, or None for no message")
        key = f"{commit.commit_id}/{index}"
        about: dict[str, Any] = {
            "idempotency_key": key,
            "stream": commit.stream,
            "version": commit.version,
            "index": index,
            "at": clock.to_text(commit.at),
        }
        if "correlation" in commit.meta:
            about["correlation"] = commit.meta["correlation"]
        try:
            detail = serializer.dump(about | {"data": data})
        except (TypeError, ValueError) as exc:
            raise InvalidView(
                f"`message` of {self.name} gave what is no JSON: {exc}. Give text, numbers, lists, mappings"
            ) from exc
        if len(detail) > MAX_DETAIL_BYTES:
            raise InvalidView(
                f"`message` of {self.name} has {len(detail)} bytes for {commit.stream} version {commit.version}, "
                f"{MAX_DETAIL_BYTES} fit: tell less, and where the rest is"
            )
        return Message(key, type(event).__name__, f"tallygate.{self.name}", commit.at, detail.decode())

    def _demand(self, fits: object, problem: str) -> None:
        if not fits:
            raise InvalidProjection(f"effect {self.name}: {problem}")


def _is_aware(time: object) -> bool:
    return isinstance(time, datetime) and time.tzinfo is not None
