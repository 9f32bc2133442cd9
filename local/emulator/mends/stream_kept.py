"""A table's stream is kept with the table across a restart.

The emulator keeps the tables and how far each mapping has read, but not the streams: they start again from nothing,
and as many new records as had been read before never reach a consumer.
"""

import copy
from collections.abc import Callable
from typing import Any

from local.emulator.patching import module, wrap

STORES = {"tallygate_stream_records": "_stream_records", "tallygate_stream_trimmed": "_stream_trimmed"}
"""Field of the state that is kept to the emulator's store."""


def apply() -> None:
    """Write the streams with the rest of the state, and read them before it."""
    tables = module("services.dynamodb")
    wrap(tables, "get_state", written)
    wrap(tables, "load_persisted_state", read)


def written(get_state: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    """Return the emulator's state of all tables with their streams."""

    def get_state_and_streams() -> dict[str, Any]:
        tables = module("services.dynamodb")
        return get_state() | {field: copy.deepcopy(getattr(tables, store)) for field, store in STORES.items()}

    return get_state_and_streams


def read(load: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
    """Restore the streams, then the tables: a consumer that sees a table must see its stream."""

    def load_streams_too(state: dict[str, Any]) -> None:
        for field, store in STORES.items():
            getattr(module("services.dynamodb"), store).update((state or {}).get(field, {}))
        load(state)

    return load_streams_too
