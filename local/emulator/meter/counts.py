"""The running sums of one emulator."""

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

_paused: ContextVar[bool] = ContextVar("paused", default=False)


class Meter:
    """Counts since the last reset. All methods may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: Counter[tuple[str, str]] = Counter()
        self._tables: Counter[tuple[str, str, str]] = Counter()
        self._functions: Counter[tuple[str, str]] = Counter()

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Don't count tables while the present request is served."""
        token = _paused.set(True)
        try:
            yield
        finally:
            _paused.reset(token)

    def call(self, service: str, operation: str) -> None:
        """Count one request that arrived on the wire, whatever became of it."""
        with self._lock:
            self._calls[service, operation] += 1

    def table(self, table: str, operation: str, **amounts: float) -> None:
        """Add to a table's sums: `calls`, `write_units`, `read_units`, `failed_conditions`."""
        if _paused.get():
            return
        with self._lock:
            for what, amount in amounts.items():
                self._tables[table, operation, what] += amount  # type: ignore[assignment]  # half units are floats

    def function(self, name: str, what: str) -> int:
        """Count one of a function's `invocations`, `cold_starts` or `kills`. Returns the new count."""
        with self._lock:
            self._functions[name, what] += 1
            return self._functions[name, what]

    def reset(self) -> None:
        """Start from zero."""
        with self._lock:
            for counter in (self._calls, self._tables, self._functions):
                counter.clear()

    def snapshot(self) -> dict[str, Any]:
        """Return everything as nested dictionaries, for JSON.

        `write_units`, `read_units` over all tables; `tables`: table, operation, then `calls`, `write_units` or
        `read_units`, `failed_conditions`; `calls`: service, operation; `functions`: name, then `invocations`,
        `cold_starts`, `kills`. What has not happened is not there.
        """
        with self._lock:
            tables = {key: float(amount) for key, amount in self._tables.items()}
            return {
                "write_units": sum(amount for (_, _, what), amount in tables.items() if what == "write_units"),
                "read_units": sum(amount for (_, _, what), amount in tables.items() if what == "read_units"),
                "tables": nested(tables),
                "calls": nested(dict(self._calls)),
                "functions": nested(dict(self._functions)),
            }


def nested(flat: dict[Any, Any]) -> dict[str, Any]:
    """Turn keys that are tuples of names into dictionaries of dictionaries."""
    tree: dict[str, Any] = {}
    for path, amount in sorted(flat.items()):
        node = tree
        for name in path[:-1]:
            node = node.setdefault(name, {})
        node[path[-1]] = amount
    return tree
