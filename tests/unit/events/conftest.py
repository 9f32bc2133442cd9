"""The store on the in-memory log."""

import pytest

from tallygate.events import EventStore, MemoryCommitLog


@pytest.fixture
def log() -> MemoryCommitLog:
    return MemoryCommitLog()


@pytest.fixture
def store(log: MemoryCommitLog) -> EventStore:
    return EventStore(log)
