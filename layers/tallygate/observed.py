"""What a handler tells of itself beside what it was asked for: its calls to AWS, and what its event store did."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, Protocol, TypeVar

import msgspec

from tallygate import calls
from tallygate.events import meter

R = TypeVar("R")


class Metrics(Protocol):
    """Powertools' metrics, as far as they are needed here."""

    namespace: str | None
    service: str | None


def observed(metrics: Metrics) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """A decorator for handlers, below `metrics.log_metrics`: also what fails is told.

    Powertools would put a `service` on each metric. These have none: for each function apart they would be ten times
    as many, and metrics are paid for by the month. Calls have the dimension `operation`, what the event store did has
    none. Each line says which function it is from, so that Logs Insights can tell them apart.
    """

    def decorate(handler: Callable[..., R]) -> Callable[..., R]:
        @wraps(handler)
        def told(event: Any, context: Any, **more: Any) -> R:  # noqa: ANN401 (whatever the runtime hands over)
            try:
                return handler(event, context, **more)
            finally:
                if counts := meter.METER.take():
                    print(store_line(metrics, counts))
                for operation, seen in calls.METER.take().items():
                    print(calls_line(metrics, operation, seen))

        return told

    return decorate


def store_line(metrics: Metrics, counts: Mapping[str, int]) -> str:
    """What the event store did, in CloudWatch's embedded metric format."""
    return _line(metrics, [_directive(metrics, [[]], dict.fromkeys(counts, "Count"))], counts)


def calls_line(metrics: Metrics, operation: str, seen: calls.Calls) -> str:
    """One operation's calls in CloudWatch's embedded metric format.

    Durations by operation; counts of trouble by operation and for all together, so that one alarm can watch them.
    """
    values: dict[str, Any] = {"CallMilliseconds": seen.milliseconds.values()} if seen.milliseconds.count else {}
    troubles = seen.counts()
    directives = [
        _directive(metrics, [["operation"]], dict.fromkeys(values, "Milliseconds")),
        _directive(metrics, [["operation"], []], dict.fromkeys(troubles, "Count")),
    ]
    return _line(metrics, directives, {"operation": operation, "calls": seen.milliseconds.count, **values, **troubles})


def _line(metrics: Metrics, directives: Sequence[Mapping[str, Any]], members: Mapping[str, Any]) -> str:
    told = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [one for one in directives if one["Metrics"]]}
    return msgspec.json.encode({"_aws": told, "function": metrics.service, **members}).decode()


def _directive(metrics: Metrics, dimensions: list[list[str]], units: Mapping[str, str]) -> dict[str, Any]:
    return {
        "Namespace": metrics.namespace,
        "Dimensions": dimensions,
        "Metrics": [{"Name": name, "Unit": unit} for name, unit in units.items()],
    }
