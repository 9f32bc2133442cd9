"""The commands of one process for one stream: they stand in a line, and one thread at a time leads it.

Threads that write to the same stream would only win versions from each other, at a write unit per try. Here the leader
takes what waits and writes it as one commit; the others sleep until theirs is done, or until it is their turn to lead.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tallygate.events.errors import Contended, OutcomeUnknown, Overloaded
from tallygate.events.stream_id import StreamId

if TYPE_CHECKING:
    from tallygate.events.command import Command

MAX_WAITING = 1000  # a line without end is memory without end


class WaitingLine:
    """First come, first served; bounded.

    Parameters
    ----------
    capacity : int
        How many commands may wait. More wait for room.
    """

    def __init__(self, capacity: int = MAX_WAITING) -> None:
        self._capacity = capacity
        self._lock = threading.Lock()
        self._room = threading.Condition(self._lock)
        self._waiting: deque[Command] = deque()
        self._led = False

    def pass_through(self, command: "Command", stream: StreamId, lead: Callable[[], None]) -> None:
        """Have the command carried out by whoever leads: by this thread with `lead` when it is its turn.

        Raises
        ------
        Overloaded
            There was no room until the command's deadline.
        Contended
            It was not its turn until then.
        OutcomeUnknown
            Its deadline passed while another thread was carrying it out.
        """
        if not self._enter(command):
            raise Overloaded(stream, self._capacity)
        while not command.done:
            if self._lead_or_wait(command):
                try:
                    lead()
                finally:
                    self.hand_over()
            elif command.until.passed:
                self._leave(command, stream)

    def try_lead(self) -> bool:
        """Lead the line if nobody does."""
        with self._lock:
            if self._led:
                return False
            self._led = True
            return True

    def hand_over(self) -> None:
        """Lead no longer; the first who waits does."""
        with self._lock:
            self._appoint()

    def take(self, count: int) -> list["Command"]:
        """The first commands, at most `count`, all of the same metadata: they go into one commit."""
        with self._lock:
            group: list[Command] = []
            while self._waiting and len(group) < count and (not group or self._waiting[0].meta == group[0].meta):
                group.append(self._waiting.popleft())
            self._room.notify(len(group))
            return group

    def put_back(self, commands: Sequence["Command"]) -> None:
        """To the front again, in their order: they were there first. Those nobody waits for are dropped."""
        with self._lock:
            self._waiting.extendleft(reversed([command for command in commands if not command.left]))

    def _enter(self, command: "Command") -> bool:
        with self._lock:
            if not self._room.wait_for(lambda: len(self._waiting) < self._capacity, timeout=command.until.left):
                return False
            self._waiting.append(command)
            return True

    def _lead_or_wait(self, command: "Command") -> bool:
        if self.try_lead():
            return True
        command.woken.wait(command.until.left)
        command.woken.clear()
        with self._lock:
            leads, command.leads = command.leads, False
            return leads

    def _leave(self, command: "Command", stream: StreamId) -> None:
        with self._lock:
            command.left = True
            waited = command in self._waiting
            if waited:
                self._waiting.remove(command)
                self._room.notify()
            if command.leads:  # its turn came at the very moment
                self._appoint()
        if waited:
            raise Contended(stream, conflicts=0)
        if not command.done:
            raise OutcomeUnknown(stream, command.sent_in)

    def _appoint(self) -> None:
        self._led = bool(self._waiting)
        if self._waiting:
            self._waiting[0].leads = True
            self._waiting[0].woken.set()
