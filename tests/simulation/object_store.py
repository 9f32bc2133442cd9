"""The object store's twin behind a wire."""

from collections.abc import Iterable

from local.simulation import Kind
from tallygate.batch.memory_objects import MemoryObjectStore
from tallygate.batch.objects import Opened
from tallygate.batch.plan.location import Location
from tallygate.batch.records import Source
from tests.simulation.calls import Calls


class SimulatedObjectStore:
    """`ObjectStore` for actors, over a `MemoryObjectStore` that they share."""

    def __init__(self, memory: MemoryObjectStore, calls: Calls) -> None:
        self._memory = memory
        self._calls = calls

    def open(self, location: Location) -> Opened:
        """See `ObjectStore.open`."""
        return self._calls.resend(f"open {location}", lambda: self._memory.open(location), kind=Kind.READ)

    def read(self, source: Source, start: int = 0, end: int | None = None) -> bytes:
        """See `ObjectStore.read`."""
        return self._calls.resend(f"read {source.key}", lambda: self._memory.read(source, start, end), kind=Kind.READ)

    def put(self, key: str, content: bytes) -> Source:
        """See `ObjectStore.put`."""
        return self._calls.resend(f"put {key}", lambda: self._memory.put(key, content))

    def write(self, key: str, blocks: Iterable[bytes]) -> Source:
        """See `ObjectStore.write`. What goes into it is read while it is written."""
        content = list(blocks)
        return self._calls.resend(f"write {key}", lambda: self._memory.write(key, content))
