"""A command that waits to be carried out, and what became of it."""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from tallygate.deadline import Deadline
from tallygate.events.commit import Commit


class Command(msgspec.Struct, eq=False, kw_only=True):
    """What one call of `EventStore.execute` asks for.

    Parameters
    ----------
    decide : callable
        `state -> events`, pure.
    id : str
    since : datetime
        Commits older than this can't carry the command.
    meta : mapping
    until : Deadline
        How long its caller waits.
    """

    decide: Callable[[Any], Sequence[object]]
    id: str
    since: datetime
    meta: Mapping[str, str]
    until: Deadline
    done: bool = False
    left: bool = False  # its caller waits no longer
    leads: bool = False  # its caller's thread is to lead the line
    sent_in: list[str] = msgspec.field(default_factory=list)  # ids of the commits that it was sent in
    commit: Commit | None = None
    state: Any = None
    repeated: bool = False
    error: BaseException | None = None
    woken: threading.Event = msgspec.field(default_factory=threading.Event)

    def finish(self, commit: Commit | None, state: object) -> None:
        """It was carried out: by `commit`, or (None) by deciding for no events."""
        self.commit, self.state = commit, state
        self.repeated = commit is not None and commit.commit_id not in self.sent_in
        self.done = True
        self.woken.set()

    def fail(self, error: BaseException) -> None:
        """It was not carried out, or nobody knows."""
        self.error = error
        self.done = True
        self.woken.set()
