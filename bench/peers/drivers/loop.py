"""What a driver does with its standard input: one command a line, one answer a line. Standard library only.

    {"do": "create"}                                        make the tables
    {"do": "load", "writer": "a", "stream": "s"}            read a stream from the table into the writer's hands
    {"do": "append", "writer": "a", "records": [{…}, …]}    append them one by one after what the writer has

Answers have an `outcome`: `done`, `conflict` (the store says that somebody else was first), `duplicate` (it says that
this very write is there already) or `error`; with `error`, the exception's name and text. `load` and `append` tell
`seconds`, and the `count` and `digest` of the state in the writer's hands. The first line, unasked, is `versions`.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from typing import Any, Generic, Protocol, TypeVar

from bench.peers.drivers.tally import Tally

H = TypeVar("H")
Record = dict[str, Any]
Answer = dict[str, Any]


class Store(Protocol[H]):
    """A store behind its documented interface. `H` is what a writer holds between a load and an append."""

    @property
    def conflicts(self) -> tuple[type[Exception], ...]: ...
    @property
    def duplicates(self) -> tuple[type[Exception], ...]: ...
    def create(self) -> None: ...
    def load(self, stream: str) -> H: ...
    def append(self, held: H, record: Record) -> H: ...
    def tally(self, held: H) -> Tally: ...


class _Loop(Generic[H]):
    def __init__(self, store: Store[H]) -> None:
        self._store = store
        self._held: dict[str, H] = {}

    def create(self) -> Answer:
        self._store.create()
        return {}

    def load(self, writer: str, stream: str) -> Answer:
        started = time.perf_counter()
        self._held[writer] = self._store.load(stream)
        return self._hands(writer, time.perf_counter() - started)

    def append(self, writer: str, records: Sequence[Record]) -> Answer:
        started = time.perf_counter()
        for record in records:
            self._held[writer] = self._store.append(self._held[writer], record)
        return self._hands(writer, time.perf_counter() - started)

    def obey(self, command: Mapping[str, Any]) -> Answer:
        """Carry out one command; whatever the store raises becomes the answer."""
        do: Callable[..., Answer] = getattr(self, command["do"])
        try:
            return {"outcome": "done", **do(**{name: value for name, value in command.items() if name != "do"})}
        except Exception as error:  # noqa: BLE001  # what the caller of the store sees is what we are here to tell
            return {"outcome": self._outcome(error), "error": f"{type(error).__name__}: {error}"}

    def _outcome(self, error: Exception) -> str:
        if isinstance(error, self._store.conflicts):
            return "conflict"
        return "duplicate" if isinstance(error, self._store.duplicates) else "error"

    def _hands(self, writer: str, seconds: float) -> Answer:
        state = self._store.tally(self._held[writer])
        return {"seconds": seconds, "count": state.count, "digest": state.digest}


def serve(store: Store[H], *packages: str) -> None:
    """Answer commands until standard input ends."""
    loop = _Loop(store)
    print(json.dumps({"versions": {package: version(package) for package in packages}}), flush=True)
    for line in sys.stdin:
        print(json.dumps(loop.obey(json.loads(line))), flush=True)
