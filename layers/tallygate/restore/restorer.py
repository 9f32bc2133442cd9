"""From an events table to a new one as it was at a time: checked, begun, waited for, and made whole."""

import time
from collections.abc import Callable, Iterator

from tallygate import clock
from tallygate.deadline import Deadline
from tallygate.restore.asked import Asked, check_time
from tallygate.restore.errors import CannotRestore, Unfinished
from tallygate.restore.tables import StreamParameters, Table, Tables

Tell = Callable[[str], None]
POLL_SECONDS = 15.0


class Restorer:
    """Restores. Every step may be repeated: a command that was broken off is given again, and goes on.

    Parameters
    ----------
    tables : Tables
    parameters : StreamParameters
    tell : callable
        Is told each step, in a line.
    """

    def __init__(
        self,
        tables: Tables,
        parameters: StreamParameters,
        tell: Tell,
        *,
        poll_seconds: float = POLL_SECONDS,
        now: clock.Clock = clock.utc_now,
    ) -> None:
        self._tables = tables
        self._parameters = parameters
        self._tell = tell
        self._poll_seconds = poll_seconds
        self._now = now

    def restore(self, asked: Asked, until: Deadline) -> Table:
        """The restored table, as it must be. The source is only read.

        Raises
        ------
        BadTime, CannotRestore
            Nothing was changed.
        Unfinished
            The deadline passed: give the same command again.
        """
        source = self._source(asked, until)
        if not self._is_begun(asked, source, until):
            check_time(asked.at, self._tables.window(source.name, until), source=source.name, now=self._now())
            self._tables.restore(source, asked.target, asked.at, until)
            self._tell(f"{asked.target} is being made from {source.name} as of {clock.to_text(asked.at)}")
        self._when_active(asked.target, until)
        for step in self._left_behind(asked, source, until):
            self._tell(step)
            self._when_active(asked.target, until)
        return self._when_active(asked.target, until)

    def _source(self, asked: Asked, until: Deadline) -> Table:
        source = self._tables.look(asked.source, until)
        if source is None:
            raise CannotRestore(
                f"there is no table {asked.source}: point-in-time recovery ends with its table. If it was deleted, "
                f"restore the backup that DynamoDB made of it (kept for 35 days) as {asked.target} (docs/restore.md)"
            )
        return source

    def _is_begun(self, asked: Asked, source: Table, until: Deadline) -> bool:
        """Whether this very restore is under way, or done."""
        target = self._tables.look(asked.target, until)
        if target is None:
            return False
        if target.origin != source.arn or target.restored_to != asked.at:
            was = f"of {clock.to_text(target.restored_to)}" if target.restored_to else "that no restore has made"
            raise CannotRestore(
                f"there is a table {asked.target} already, {was}: nothing is ever restored over it. If it is in use, "
                "its epoch is taken: deploy first what names it; else give a later epoch, EPOCH="
                f"{asked.epoch + 1}, or delete it by hand"
            )
        self._tell(f"{asked.target} is there: this restore was begun before, and goes on")
        return True

    def _left_behind(self, asked: Asked, source: Table, until: Deadline) -> Iterator[str]:
        """What a restore does not carry over, step by step; nothing of it is done twice."""
        target, tables = asked.target, self._tables
        tables.keep_backups(target, until)
        yield f"{target} has point-in-time recovery"
        table = self._when_active(target, until)
        if not table.stream:
            tables.stream(target, until)
            yield f"{target} has a stream of new images"
        if source.is_protected and not table.is_protected:
            tables.protect(target, until)
            yield f"{target} is protected against deletion, as {source.name} is"
        tables.tag_like(table, source, until)
        stream = self._when_active(target, until, with_stream=True).stream
        self._parameters.put(asked.stream_parameter, stream, until)
        yield f"{asked.stream_parameter} says where the stream is"

    def _when_active(self, name: str, until: Deadline, *, with_stream: bool = False) -> Table:
        began = time.monotonic()
        while True:
            table = self._tables.look(name, until)
            # A look may be of a moment before the last change: active, and without the stream that it has by now.
            if table is not None and table.status == "ACTIVE" and (table.stream or not with_stream):
                return table
            if until.left <= self._poll_seconds:
                status = table.status if table else "not to be seen yet"
                raise Unfinished(f"{name} is {status}: DynamoDB goes on with it; give the same command again later")
            self._tell(f"{name}: {table.status if table else 'awaited'} for {time.monotonic() - began:,.0f} s")
            time.sleep(self._poll_seconds)
