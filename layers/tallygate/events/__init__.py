"""The event store: commits on streams, each stored once, read back in order."""

from tallygate.events.aggregate import Aggregate
from tallygate.events.commit import Commit, StoredEvent
from tallygate.events.errors import (
    CommitTooLarge,
    Contended,
    CorruptStream,
    InvalidEvent,
    InvalidStreamId,
    OutcomeUnknown,
    UnknownEventType,
    VersionConflict,
)
from tallygate.events.store import EventStore, Executed, Loaded
from tallygate.events.stream_id import StreamId, stream_id

__all__ = [
    "Aggregate",
    "Commit",
    "CommitTooLarge",
    "Contended",
    "CorruptStream",
    "EventStore",
    "Executed",
    "InvalidEvent",
    "InvalidStreamId",
    "Loaded",
    "OutcomeUnknown",
    "StoredEvent",
    "StreamId",
    "UnknownEventType",
    "VersionConflict",
    "stream_id",
]
