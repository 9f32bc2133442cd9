"""What a consumer's log and metrics say of a batch. `explain` reads the lines: their names are a storage format."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from tallygate import clock
from tallygate.projections.delivery import Delivered
from tallygate.projections.offered import Offered

STREAMS_IN_A_LINE = 300  # some 100 bytes each


def log_lines(consumer: str, offered: Sequence[Offered], at: datetime) -> Iterator[dict[str, Any]]:
    """What to log: one line for many streams.

    Returns
    -------
    iterator of dict
        `consumer`, `applied` (a time), and `streams`: a list of `stream`, `before`, `version`, and where they are not
        0 `dropped` and `healed`, and `parked` where the stream is.
    """
    for start in range(0, len(offered), STREAMS_IN_A_LINE):
        streams = [_stream(one) for one in offered[start : start + STREAMS_IN_A_LINE]]
        yield {"consumer": consumer, "applied": clock.to_text(at), "streams": streams}


def _stream(offered: Offered) -> dict[str, Any]:
    line: dict[str, Any] = {"stream": offered.stream, "before": offered.before, "version": offered.version}
    line |= {name: count for name, count in (("dropped", offered.dropped), ("healed", offered.healed)) if count}
    if offered.parked is not None:
        line["parked"] = offered.parked.error
    return line


def counts(delivered: Delivered) -> dict[str, int]:
    """Metrics of a batch, by name."""
    offered = delivered.offered
    return {
        "CommitsApplied": sum(one.version - one.before for one in offered if one.last is not None),
        "EventsApplied": sum(one.events for one in offered),
        "DuplicatesDropped": sum(one.dropped for one in offered),
        "CommitsHealed": sum(one.healed for one in offered),
        "StreamsParked": sum(one.newly_parked for one in offered),
        "CorruptRecords": len(delivered.corrupt),
    }


def lag_milliseconds(delivered: Delivered, at: datetime) -> float | None:
    """How old the oldest commit was when it was applied; None: none was."""
    first = min((one.first for one in delivered.offered if one.first is not None), default=None)
    return None if first is None else max(0.0, (at - first).total_seconds() * 1000)
