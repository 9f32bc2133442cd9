"""The event store: commits on streams, each stored once, read back in order."""

from tallygate.events.aggregate import Aggregate
from tallygate.events.commit import Commit, StoredEvent
from tallygate.events.errors import (
    CommitTooLarge,
    Contended,
    CorruptStream,
    InvalidEvent,
    InvalidStreamId,
    InvalidVersion,
    OutcomeUnknown,
    Overloaded,
    UnknownEventType,
    VersionConflict,
    WrongEpoch,
)
from tallygate.events.loaded import Executed, Loaded
from tallygate.events.memory import MemoryCommitLog
from tallygate.events.store import EventStore
from tallygate.events.stream_id import StreamId, stream_id
from tallygate.events.upcasting import Upcaster

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
    "InvalidVersion",
    "Loaded",
    "MemoryCommitLog",
    "OutcomeUnknown",
    "Overloaded",
    "StoredEvent",
    "StreamId",
    "UnknownEventType",
    "Upcaster",
    "VersionConflict",
    "WrongEpoch",
    "stream_id",
]
