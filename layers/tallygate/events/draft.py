"""What a group of commands would come to, before it is known whether their commit wins its version."""

from typing import Any

import msgspec

from tallygate.events.command import Command
from tallygate.events.commit import Commit, StoredEvent


class Draft(msgspec.Struct, eq=False):
    """One pass over a group, decided on the state that the group itself makes.

    Nothing of it is told to anybody before the commit has won: only then was it decided on the truth.

    Parameters
    ----------
    state : Any
        After the events so far.
    events : list of StoredEvent
    size : int
        Their bytes, before compression; counted only where there is more than one command.
    carried : dict of str to Command
        Whose events these are, by command id.
    idle : list of Command
        Decided for no events.
    refused : list of (Command, Exception)
        What their decisions raised.
    next : list of Command
        Not decided yet: the same id a second time, or no room for more.
    """

    state: Any
    events: list[StoredEvent] = msgspec.field(default_factory=list)
    size: int = 0
    carried: dict[str, Command] = msgspec.field(default_factory=dict)
    idle: list[Command] = msgspec.field(default_factory=list)
    refused: list[tuple[Command, Exception]] = msgspec.field(default_factory=list)
    next: list[Command] = msgspec.field(default_factory=list)

    def finish(self, commit: Commit | None) -> None:
        """Tell everybody: `commit` carries the events, None: there were none."""
        for command in self.carried.values():
            command.finish(commit, self.state)
        for command in self.idle:
            command.finish(None, self.state)
        for command, error in self.refused:
            command.fail(error)
