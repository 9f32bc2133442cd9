"""What dashboard and alarms look at, read from the templates."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.infra.synthesis import Stack, text

SEARCH = re.compile(r"SEARCH\('\{(?P<namespace>[^,]+),(?P<dimension>\w+)\} MetricName=\"(?P<name>\w+)\"', '\w+', 60\)")


@dataclass(frozen=True)
class Seen:
    """A metric that somebody looks at; a search has dimensions without values."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    by: str


def alarms(*stacks: Stack) -> list[dict[str, Any]]:
    """The properties of all alarms."""
    return [one["Properties"] for stack in stacks for one in stack.of_type("AWS::CloudWatch::Alarm").values()]


def of_alarms(stack: Stack) -> Iterator[Seen]:
    """What alarms look at."""
    names = {
        id: one["Properties"].get("FunctionName") or one["Properties"].get("QueueName")
        for kind in ("AWS::Lambda::Function", "AWS::SQS::Queue")
        for id, one in stack.of_type(kind).items()
    }
    for one in alarms(stack):
        dimensions = tuple((each["Name"], _named(each["Value"], names)) for each in one.get("Dimensions", []))
        yield Seen(one["Namespace"], one["MetricName"], dimensions, one["AlarmName"])


def of_dashboard(stack: Stack) -> Iterator[Seen]:
    """What widgets look at."""
    for widget in widgets(stack):
        title = widget["properties"].get("title", "")
        above: list[Any] = []
        for row in widget["properties"].get("metrics", []):
            if isinstance(row[0], dict):
                for found in SEARCH.finditer(row[0]["expression"]):
                    yield Seen(found["namespace"], found["name"], ((found["dimension"], "*"),), title)
                continue
            words = [each for each in row if isinstance(each, str)]
            words = [above[n] if each == "." else each for n, each in enumerate(words)]
            above = words
            namespace, name, *rest = words
            yield Seen(namespace, name, tuple(zip(rest[::2], rest[1::2], strict=True)), title)


def widgets(stack: Stack) -> list[dict[str, Any]]:
    """The dashboard's."""
    body = json.loads(text(stack.properties("AWS::CloudWatch::Dashboard")["DashboardBody"]))
    return list(body["widgets"])


def _named(value: Any, names: dict[str, Any]) -> str:
    match value:
        case {"Ref": id} if id in names:
            return str(names[id])
        case {"Fn::GetAtt": [id, "QueueName"]}:
            return str(names[id])
    return text(value)
