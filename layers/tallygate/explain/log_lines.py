"""The port: structured log lines of functions. And its in-memory twin."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec

from tallygate.deadline import Deadline


class Line(msgspec.Struct, frozen=True):
    """A line that a function logged.

    Parameters
    ----------
    function : str
        Its name within the environment, such as `relay` or `project-fleet-1`.
    at : datetime
        When it was logged.
    data : mapping
        What the line says, as JSON.
    """

    function: str
    at: datetime
    data: Mapping[str, Any]


class LogLines(Protocol):
    """The logs of one environment's functions. All methods raise `Unavailable` at the deadline."""

    def functions(self, until: Deadline) -> list[str]:
        """The functions that have a log, by their names within the environment."""
        ...

    def find(self, function: str, text: str, since: datetime, until: Deadline) -> list[Line]:
        """Lines of JSON that contain the text, in the order of time; those who ask look for themselves where it is."""
        ...


class MemoryLogLines:
    """Lines in a list: for tests and examples."""

    def __init__(self, lines: Sequence[Line] = (), functions: Sequence[str] = ()) -> None:
        self.lines = list(lines)
        self._functions = list(functions)

    def functions(self, until: Deadline) -> list[str]:
        """See `LogLines.functions`."""
        return sorted({*self._functions, *(line.function for line in self.lines)})

    def find(self, function: str, text: str, since: datetime, until: Deadline) -> list[Line]:
        """See `LogLines.find`."""
        found = (line for line in self.lines if line.function == function and line.at >= since)
        return sorted(
            (line for line in found if text in msgspec.json.encode(line.data).decode()), key=lambda line: line.at
        )
