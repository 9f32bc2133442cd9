"""The port: a deployed environment, as the smoke test sees it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tallygate.batch.records import ChunkRecord
from tallygate.deadline import Deadline
from tallygate.smoke.worker import Entered


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """An execution that has ended: its status, its output where it succeeded, else its error and cause."""

    status: str
    output: Mapping[str, Any]
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """A stream as it was read."""

    version: int
    state: Entered


class Deployed(Protocol):
    """What is asked of an environment. All of it raises `NotDeployed`, `Refused` or `Unavailable`."""

    def upload(self, name: str, content: str) -> str:
        """Put a manifest of the smoke test into the batches bucket; returns its URI."""
        ...

    def run(self, execution: str, given: Mapping[str, object], until: Deadline) -> Ended:
        """Start the state machine and wait for the end.

        Raises
        ------
        TimedOut
            It has not ended by the deadline; the message names the state that it is in.
        """
        ...

    def records(self, batch: str) -> Sequence[ChunkRecord]:
        """The chunk records of a batch."""
        ...

    def stream(self, id: str) -> Stream:
        """A stream of the category `smoke`, folded."""
        ...
