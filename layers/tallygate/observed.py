"""What a handler tells of itself beside what it was asked for: its calls to AWS, and what its event store did."""

import time
from collections.abc import Callable, Mapping
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

    def add_metric(self, name: str, unit: str, value: float) -> None:
        """Add one to those of the invocation."""


def observed(metrics: Metrics) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """A decorator for handlers, below `metrics.log_metrics`: also what fails is told.

    Counts of the event store join the handler's own metrics, under its `service`. The calls to AWS have one dimension,
    `operation`: for each function apart they would be ten times as many metrics, which are paid for by the month. Each
    line says which function it is from, so that Logs Insights can tell them apart.
    """

    def decorate(handler: Callable[..., R]) -> Callable[..., R]:
        @wraps(handler)
        def told(event: Any, context: Any, **more: Any) -> R:  # noqa: ANN401 (whatever the runtime hands over)
            try:
                return handler(event, context, **more)
            finally:
                for name, count in meter.METER.take().items():
                    metrics.add_metric(name, "Count", count)
                for operation, seen in calls.METER.take().items():
                    print(line(metrics, operation, seen))

        return told

    return decorate


def line(metrics: Metrics, operation: str, seen: calls.Calls) -> str:
    """One operation's calls in CloudWatch's embedded metric format.

    Durations by operation; counts of trouble by operation and for all together, so that one alarm can watch them.
    """
    values: dict[str, Any] = {"CallMilliseconds": seen.milliseconds.values()} if seen.milliseconds.count else {}
    troubles = seen.counts()
    directives = [
        _directive(metrics, [["operation"]], dict.fromkeys(values, "Milliseconds")),
        _directive(metrics, [["operation"], []], dict.fromkeys(troubles, "Count")),
    ]
    document = {
        "_aws": {
            "Timestamp": int(time.time() * 1000),
            "CloudWatchMetrics": [one for one in directives if one["Metrics"]],
        },
        "operation": operation,
        "function": metrics.service,
        "calls": seen.milliseconds.count,
        **values,
        **troubles,
    }
    return msgspec.json.encode(document).decode()


def _directive(metrics: Metrics, dimensions: list[list[str]], units: Mapping[str, str]) -> dict[str, Any]:
    return {
        "Namespace": metrics.namespace,
        "Dimensions": dimensions,
        "Metrics": [{"Name": name, "Unit": unit} for name, unit in units.items()],
    }
