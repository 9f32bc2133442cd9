"""Finds commits by what is known of them, and gathers what became of each."""

from collections.abc import Callable, Iterator
from datetime import datetime

import msgspec

from tallygate import clock
from tallygate.deadline import Deadline
from tallygate.errors import InvalidInput, TallygateError
from tallygate.events.commit import Commit
from tallygate.events.log import CommitLog
from tallygate.events.stream_id import StreamId, stream_id
from tallygate.explain.log_lines import Line, LogLines
from tallygate.explain.story import Story, Told, tell
from tallygate.projections.rows import Rows

RELAY = "relay"
KINDS = ("project-", "effect-")


class NothingFound(TallygateError):
    """No commit fits the question; the message says where was looked."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is known: a command, a correlation, or a stream and a version; a stream narrows the first two.

    Raises
    ------
    InvalidInput
        It asks for nothing, or for too much.
    """

    since: datetime
    command: str = ""
    correlation: str = ""
    stream: str = ""
    version: int = 0

    def __post_init__(self) -> None:
        asked = sum(map(bool, (self.command, self.correlation, self.version)))
        if asked != 1 or (self.version and not self.stream):
            raise InvalidInput("ask for a command, for a correlation, or for a stream and a version of it: one of them")
        if self.stream:
            category, _, id = self.stream.partition("-")
            stream_id(category, id)
        if self.version < 0:
            raise InvalidInput(f"the version is {self.version}: give a whole number above 0")

    def fits(self, commands: list[str], correlation: str | None) -> bool:
        """True if a commit with these is asked for."""
        return self.command in commands if self.command else bool(self.correlation) and correlation == self.correlation


class Explainer:
    """Explains commits of one environment.

    Parameters
    ----------
    lines : LogLines
    log : CommitLog
    rows : callable
        The rows of a consumer's id.
    """

    def __init__(self, lines: LogLines, log: CommitLog, rows: Callable[[str], Rows]) -> None:
        self._lines = lines
        self._log = log
        self._rows = rows

    def explain(self, question: Question, until: Deadline) -> list[Story]:
        """The stories of all commits that fit. One read unit for each commit and row, and what the search costs.

        A command or correlation is looked for in the relay's log; where a stream is given, in the stream itself, back
        to `since`.

        Raises
        ------
        NothingFound, Unavailable
        """
        commits = list(self._commits(question, until))
        if not commits:
            where = f"the stream {question.stream}" if question.stream else "the log of the relay"
            raise NothingFound(
                f"nothing found in {where} since {clock.to_text(question.since)}: look further back (--hours), or name "
                "the stream (--stream), which is read itself, whatever has become of the logs"
            )
        functions = self._lines.functions(until)
        return [self._story(commit, functions, question.since, until) for commit in commits]

    def _commits(self, question: Question, until: Deadline) -> Iterator[Commit]:
        if question.stream:
            yield from self._of_the_stream(question, StreamId(question.stream), until)
            return
        sought = question.command or question.correlation
        found: dict[tuple[str, int], None] = {}
        for line in self._lines.find(RELAY, sought, question.since, until):
            for entry in line.data.get("commits", []):
                if question.fits(entry.get("commands", []), entry.get("correlation")):
                    found[entry["stream"], entry["version"]] = None
        for stream, version in found:
            commit = self._log.commit_at(StreamId(stream), version, until)
            if commit is not None:
                yield commit

    def _of_the_stream(self, question: Question, stream: StreamId, until: Deadline) -> Iterator[Commit]:
        if question.version:
            commit = self._log.commit_at(stream, question.version, until)
            yield from [] if commit is None else [commit]
            return
        head = self._log.head(stream, until)
        for commit in self._log.read_back(stream, before=head.version + 1 if head else 0, until=until):
            if commit.at < question.since:
                return
            if question.fits(list(commit.commands), commit.correlation):
                yield commit

    def _story(self, commit: Commit, functions: list[str], since: datetime, until: Deadline) -> Story:
        relayed = self._lines.find(RELAY, commit.stream, since, until) if RELAY in functions else []
        consumers = [
            self._told(function, commit.stream, functions, since, until)
            for function in functions
            if function.startswith(KINDS)
        ]
        return tell(commit, relayed, consumers)

    def _told(self, function: str, stream: StreamId, functions: list[str], since: datetime, until: Deadline) -> Told:
        consumer = function.partition("-")[2]
        lines: list[Line] = []
        for one in (function, f"sweep-{consumer}"):
            if one in functions:
                lines += self._lines.find(one, stream, since, until)
        return Told(function, tuple(lines), self._rows(consumer).get(stream, until))
