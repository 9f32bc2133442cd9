"""A shard as one mapping sees it: what there is to read, and how far it has been read.

Positions count records since the stream began, so that they stay right when old records are removed.
"""

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

from local.emulator.event_sources.batch import Entry
from local.emulator.event_sources.settings import is_true
from local.emulator.patching import module


class Key(NamedTuple):
    """What is polled on its own."""

    account: str
    region: str
    mapping: str
    shard: str


class Shard(ABC):
    """One shard of one mapping's stream. Call everything within `scope()`."""

    kind: str

    def __init__(self, key: Key, stream_arn: str) -> None:
        self.key = key
        self.stream_arn = stream_arn
        self.emulator: Any = module("services.lambda_svc")

    def scope(self) -> AbstractContextManager[None]:
        """Act for the mapping's account and region."""
        return scope(self.key.account, self.key.region)

    def mapping(self) -> dict[str, Any] | None:
        """Return the mapping, None once it is gone, disabled, or of a stream that is gone."""
        found: dict[str, Any] | None = self.emulator._esms.get(self.key.mapping)  # noqa: SLF001
        return found if found is not None and enabled(found) and self.stream() is not None else None

    def waiting(self, mapping: dict[str, Any], limit: int) -> Sequence[Entry]:
        """Return the next records that were not read yet, at most `limit`."""
        position, records = self.read(self.position(mapping), limit)
        return [Entry(position + number, record) for number, record in enumerate(records)]

    @abstractmethod
    def stream(self) -> Any:  # noqa: ANN401
        """Return the emulator's record of the stream, None if it can't be read."""

    @abstractmethod
    def position(self, mapping: dict[str, Any]) -> int:
        """Return the position of the first record that is not done, or where the mapping says to start."""

    @abstractmethod
    def read(self, position: int, limit: int) -> tuple[int, Sequence[dict[str, Any]]]:
        """Return records in the form in which functions get them, and the position of the first one."""

    @abstractmethod
    def advance(self, position: int) -> None:
        """Remember that everything before `position` is done."""


def enabled(mapping: dict[str, Any]) -> bool:
    """Whether the mapping is to be polled."""
    return is_true(mapping.get("Enabled", True))


@contextlib.contextmanager
def scope(account: str, region: str) -> Iterator[None]:
    """Act for an account and a region: the emulator looks up everything by both."""
    emulator = module("services.lambda_svc")
    tokens = emulator._request_account_id.set(account), emulator._request_region.set(region)  # noqa: SLF001
    try:
        yield
    finally:
        emulator._request_region.reset(tokens[1])  # noqa: SLF001
        emulator._request_account_id.reset(tokens[0])  # noqa: SLF001
