"""What a consumer's log and metrics say of a batch. `explain` reads the lines: their names are a storage format."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from tallygate import clock
from tallygate.events import serializer
from tallygate.projections.delivery import Delivered
from tallygate.projections.offered import Offered

# A line ends with the stream that takes it over this; CloudWatch took 256 KB a line before it took 1 MB.
LINE_BYTES = 32 * 1024


def log_lines(consumer: str, offered: Sequence[Offered], at: datetime) -> Iterator[dict[str, Any]]:
    """What to log: one line for many streams.

    Returns
    -------
    iterator of dict
        `consumer`, `applied` (a time), and `streams`: a list of `stream`, `before`, `version`, and where they are not
        0 `dropped` and `healed`, `correlations` where there are any, and `parked` where the stream is.
    """
    size, streams = 0, list[dict[str, Any]]()
    for number, one in enumerate(offered, 1):
        streams.append(_stream(one))
        size += len(serializer.dump(streams[-1]))
        if size > LINE_BYTES or number == len(offered):
            yield {"consumer": consumer, "applied": clock.to_text(at), "streams": streams}
            size, streams = 0, []


def _stream(offered: Offered) -> dict[str, Any]:
    line: dict[str, Any] = {"stream": offered.stream, "before": offered.before, "version": offered.version}
    line |= {name: count for name, count in (("dropped", offered.dropped), ("healed", offered.healed)) if count}
    if offered.correlations:
        line["correlations"] = list(offered.correlations)
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
