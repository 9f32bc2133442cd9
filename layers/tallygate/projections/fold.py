"""What a projection does with commits: it folds them into the view."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, TypeVar

from msgspec.structs import replace

from tallygate.deadline import Deadline
from tallygate.errors import TallygateError
from tallygate.events.commit import Commit
from tallygate.events.errors import CorruptStream, InvalidVersion, UnknownEventType
from tallygate.events.folding import Folding, folding
from tallygate.events.log import CommitLog
from tallygate.events.standing import standing_commits
from tallygate.events.stream_id import StreamId
from tallygate.projections.errors import ApplyFailed, ImpureProjection, InvalidView, Overrun
from tallygate.projections.projection import Projection
from tallygate.projections.row import Contribution, Row
from tallygate.projections.step import Refused, Taken
from tallygate.projections.time_limit import Call, TimeIsUp, here, time_limit, watch

if TYPE_CHECKING:
    from tallygate.events.forgetting.sealing import Sealer

V = TypeVar("V")
R = TypeVar("R")

PAGE_COMMITS = 500
TRIES = 3
REHEARSALS = 20
MAX_ERROR_CHARACTERS = 1000
# What stops one stream: the user's code, or a commit that it can't take. Anything else is nobody's fault here.
REFUSALS = (ApplyFailed, InvalidView, Overrun, UnknownEventType, CorruptStream, InvalidVersion)


class Fold(Generic[V]):
    """The step of a projection.

    The first commits of each process are applied twice, from equal views, to find an `apply` that is not pure.

    Parameters
    ----------
    projection : Projection
    log : CommitLog
        For rewinds: the view is made anew as of the version that was gone back to.
    sealer : Sealer, optional
        Where the events have personal fields.
    call : callable, optional
        Runs the user's code: `MainThread.call`.
    rehearsals : int
        How many commits are applied twice.
    """

    page = PAGE_COMMITS

    def __init__(
        self,
        projection: Projection[V],
        log: CommitLog,
        sealer: "Sealer | None" = None,
        *,
        call: Call = here,
        rehearsals: int = REHEARSALS,
    ) -> None:
        self._projection = projection
        self._log = log
        self._sealer = sealer
        self._call = call
        self._rehearsals = rehearsals
        self.id = projection.id
        self.category = projection.of.category

    def begin(self, stream: StreamId, row: Row | None, log: CommitLog, until: Deadline) -> Row | None:
        """See `Step.begin`. A restored stream may lack commits that the view has: it is made anew."""
        return None

    def take(self, stream: StreamId, row: Row | None, commits: Sequence[Commit], epoch: int, until: Deadline) -> Taken:
        """See `Step.take`."""
        opened = folding(self._projection.of, stream, until, self._sealer)

        def work() -> Taken:
            with watch():
                return self._take(opened, row, commits, epoch)

        return self._call(work)

    def renewed(self, row: Row, until: Deadline) -> Row | None:
        """See `Step.renewed`: other totals, or a view that tells of somebody who was forgotten."""
        if folding(self._projection.of, row.stream, until, self._sealer).forgotten(row.subjects):
            return None
        if not row.view:  # of a stream that a restore lost
            return row
        contribution = self._contribution(self._projection.parse(row.view))
        return row if contribution == row.contribution else replace(row, contribution=contribution)

    def _take(self, opened: Folding[object], row: Row | None, commits: Sequence[Commit], epoch: int) -> Taken:
        events, refused, last = 0, None, None
        subjects = frozenset(row.subjects) if row else frozenset()
        made = self._projection.initial
        try:
            made = self._projection.parse(row.view) if row and row.view else self._projection.beginning()
            for commit in commits:
                if last is not None and opened.until.passed:
                    break
                made, last = self._step(opened, made, commit), commit
                events += len(commit.events)
                subjects |= opened.subjects(commit.events)
        except REFUSALS as exc:
            refused = Refused(last.version + 1 if last else commits[0].version, in_one_line(exc))
        if last is None:
            return Taken(row, refused)
        try:
            text, contribution = self._projection.dump(made), self._contribution(made)
        except REFUSALS as exc:
            return Taken(row, Refused(last.version, in_one_line(exc)))
        after = Row(opened.stream, last.version, epoch, last.at, text, contribution, tuple(sorted(subjects)))
        return Taken(after, refused, events)

    def _step(self, opened: Folding[object], view: V, commit: Commit) -> V:
        to = commit.rewinds_to
        if to is None:
            return self._apply(opened, view, commit)
        view = self._projection.beginning()
        for standing in standing_commits(self._log, commit.stream, to, opened.until):
            view = self._apply(opened, view, standing)
        return view

    def _apply(self, opened: Folding[object], view: V, commit: Commit) -> V:
        wanted = [event for event in commit.events if self._projection.wants(event)]
        if not wanted:
            return view
        with users_code():
            events = [opened.decode(event) for event in wanted]
        if self._rehearsals:
            self._rehearsals -= 1
            return self._rehearsed(view, events)
        return self._in_time(view, events)

    def _rehearsed(self, view: V, events: Sequence[object]) -> V:
        given = self._projection.dump(view)
        made = self._projection.dump(self._in_time(view, events))
        if self._projection.dump(view) != given:
            raise ImpureProjection(
                f"`apply` of {self.id} changed the view that it was given: return a new one (dataclasses.replace, "
                "{**view, …})"
            )
        again = self._in_time(self._projection.parse(given), events)
        if self._projection.dump(again) != made:
            raise ImpureProjection(
                f"`apply` of {self.id} made two different views of the same events: it must not depend on the time, "
                "on chance, on a global or on another service"
            )
        return again

    def _in_time(self, view: V, events: Iterable[object]) -> V:
        def turn() -> V:
            made = view
            for event in events:
                made = self._projection.apply(made, event)
            return made

        return in_time(turn, self._projection.apply_seconds, what=f"`apply` of {self.id}")

    def _contribution(self, view: V) -> Contribution:
        seconds = self._projection.apply_seconds
        return in_time(lambda: self._projection.contribution(view), seconds, what=f"`totals` of {self.id}")


def in_time(work: Callable[[], R], seconds: float, *, what: str) -> R:
    """Run the user's code, three times at most.

    Raises
    ------
    ApplyFailed
        It raised; Tallygate's own errors are raised as they are.
    Overrun
        It took too long each time.
    """
    for _ in range(TRIES):
        try:
            with time_limit(seconds), users_code():
                return work()
        except TimeIsUp:
            continue
    raise Overrun(f"{what} took longer than {seconds:g} s for one commit, {TRIES} times")


@contextmanager
def users_code() -> Iterator[None]:
    """What the block raises becomes `ApplyFailed`; Tallygate's own errors stay what they are."""
    try:
        yield
    except TallygateError:
        raise
    except Exception as exc:
        raise ApplyFailed(in_one_line(exc)) from exc


def in_one_line(exc: BaseException) -> str:
    """An error as a parked row keeps it."""
    text = str(exc) if isinstance(exc, ApplyFailed) else f"{type(exc).__name__}: {exc}"
    return " ".join(text.split())[:MAX_ERROR_CHARACTERS]
