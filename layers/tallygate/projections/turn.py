"""One offer to a gate, until nothing is left to take."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from tallygate import clock
from tallygate.deadline import Deadline
from tallygate.errors import Unavailable
from tallygate.events.commit import Commit
from tallygate.events.errors import CorruptStream, WrongEpoch
from tallygate.events.log import CommitLog
from tallygate.events.standing import hole
from tallygate.events.stream_id import StreamId
from tallygate.projections.errors import InvalidView
from tallygate.projections.fold import in_one_line
from tallygate.projections.offered import Offered
from tallygate.projections.row import Parked, Row
from tallygate.projections.row_cache import RowCache
from tallygate.projections.rows import Rows
from tallygate.projections.step import Refused, Step, Taken

if TYPE_CHECKING:
    from datetime import datetime

MAX_CORRELATIONS = 100  # told of one offer: a stream that is caught up from its start may have thousands
MAX_PAGE_BYTES = 4 * 1024 * 1024  # of commits, in memory together


class Tools(msgspec.Struct, frozen=True):
    """What a gate works with; see `Gate`."""

    step: Step
    rows: Rows
    log: CommitLog
    epoch: int
    now: clock.Clock
    cache: RowCache


class Turn:
    """Takes page by page, each with its write, and goes on from what stands where somebody else was faster.

    Parameters
    ----------
    standing : Row or None
        As it was last seen.
    offered : mapping
        See `Gate.offer`; none of an earlier epoch.
    to_the_end : bool
        Take all that the events table has.
    anew : bool
        From the stream's start, whatever the row says.
    """

    def __init__(
        self,
        tools: Tools,
        stream: StreamId,
        standing: Row | None,
        offered: Mapping[int, Commit | None],
        until: Deadline,
        *,
        to_the_end: bool = False,
        anew: bool = False,
    ) -> None:
        self._tools = tools
        self._stream = stream
        self._offered = offered
        self._until = until
        self._to_the_end = to_the_end
        self._standing = standing
        self._base: Row | None = None
        self._before = standing.version if standing else 0
        self._events = self._taken = self._healed = self._writes = 0
        self._first: datetime | None = None
        self._last: datetime | None = None
        self._correlations: dict[str, None] = {}
        self._newly_parked = False
        self._rebase(anew=anew)

    def run(self) -> Offered:
        """Take what there is. Raises as `Gate.offer` does."""
        while not self._is_parked and self._take_all():
            pass
        row = self._standing
        version = row.version if row else 0
        return Offered(
            stream=self._stream,
            before=self._before,
            version=version,
            events=self._events,
            dropped=sum(offered <= version for offered in self._offered) - self._taken,
            healed=self._healed,
            first=self._first,
            last=self._last,
            parked=row.parked if row else None,
            newly_parked=self._newly_parked,
            writes=self._writes,
            correlations=tuple(self._correlations),
        )

    @property
    def _have(self) -> int:
        return self._base.version if self._base else 0

    @property
    def _is_parked(self) -> bool:
        return self._standing is not None and self._standing.parked is not None

    @property
    def _is_outlived(self) -> bool:
        return self._standing is not None and self._standing.epoch < self._tools.epoch

    @property
    def _beginning(self) -> Row:
        return self._base or Row(self._stream, 0, self._tools.epoch, self._tools.now())

    def _rebase(self, *, anew: bool = False) -> None:
        """Decide from where to go on: from the row that stands, unless it is of an earlier epoch."""
        row, epoch = self._standing, self._tools.epoch
        if row is not None and row.epoch > epoch:
            raise WrongEpoch(self._foreign(f"the row of {self._stream}", row.epoch))
        if anew:
            self._base = None
        elif row is None or row.epoch == epoch:
            self._base = row
        else:
            self._base = self._tools.step.begin(self._stream, row, self._tools.log, self._until)

    def _take_all(self) -> bool:
        """Take all that is there now. True if there may be more, or somebody else was faster."""
        try:
            for page in self._pages():
                if not self._take(page):
                    return True
        except CorruptStream as exc:
            return not self._park(Refused(self._have + 1, in_one_line(exc)))
        if self._to_the_end:  # a row that is still of an earlier epoch has commits that a restore has lost
            return self._is_outlived and not self._write(replace(self._beginning, epoch=self._tools.epoch))
        return self._have < max(self._offered, default=0)

    def _pages(self) -> Iterator[list[Commit]]:
        """What was offered, where it follows the row; else what the table has."""
        most = self._tools.step.page
        following = [] if self._to_the_end else list(self._following())
        if following:
            yield from _in_pages(following, most)
        elif self._to_the_end or self._have < max(self._offered, default=0):
            yield from _in_pages(self._from_the_table(), most)

    def _following(self) -> Iterator[Commit]:
        version = self._have + 1
        while (commit := self._offered.get(version)) is not None:
            self._check_epoch(commit)
            yield commit
            version += 1

    def _from_the_table(self) -> Iterator[Commit]:
        expected = self._have + 1
        for commit in self._tools.log.read(self._stream, after=self._have, until=self._until):
            self._check_epoch(commit)
            if commit.version != expected:
                raise hole(commit, expected)
            expected += 1
            yield commit
        last = max(self._offered, default=0)
        if expected <= last:
            raise CorruptStream(
                f"version {last} of {self._stream} was delivered, the events table ends with {expected - 1}: an item "
                "was deleted, or the table restored without a new epoch. Restore it from point-in-time recovery"
            )

    def _take(self, page: list[Commit]) -> bool:
        """True if the whole page was taken, and written by us."""
        tools = self._tools
        self._demand_time()
        taken = tools.step.take(self._stream, self._base, page, tools.epoch, self._until)
        if taken.refused is not None:
            return self._park(taken.refused, taken) and False
        if taken.row is None:
            return False
        try:
            won = self._write(taken.row)
        except InvalidView as exc:
            return self._park(Refused(self._have + 1, in_one_line(exc))) and False
        if won:
            self._note(page, taken)
        if won and taken.row.version < page[-1].version:  # the deadline came in its midst; what was taken is kept
            self._demand_time()
        return won

    def _park(self, refused: Refused, taken: Taken | None = None) -> bool:
        """Stop before the commit that was refused, and keep what was taken up to it. True if written by us."""
        parked = Parked(refused.version, refused.error, self._tools.now())
        base = self._beginning
        row = taken.row if taken and taken.row else base
        try:
            won = self._write(replace(row, epoch=self._tools.epoch, parked=parked))
        except InvalidView:  # what was taken doesn't fit either
            won = self._write(replace(base, epoch=self._tools.epoch, parked=parked))
        if won:
            self._newly_parked = True
            self._events += taken.events if taken else 0
        return won

    def _write(self, row: Row) -> bool:
        put = self._tools.rows.put(row, self._standing, self._until)
        self._writes += 1
        self._standing = put.row
        self._tools.cache.put(self._stream, put.row)
        self._rebase()
        return put.won

    def _note(self, page: list[Commit], taken: Taken) -> None:
        brought = sum(self._offered.get(commit.version) is not None for commit in page)
        self._taken += sum(commit.version in self._offered for commit in page)
        self._healed += len(page) - brought
        self._events += taken.events
        self._first, self._last = self._first or page[0].at, page[-1].at
        for commit in page:
            if len(self._correlations) < MAX_CORRELATIONS and (correlation := commit.correlation):
                self._correlations[correlation] = None

    def _demand_time(self) -> None:
        if self._until.passed:
            raise Unavailable(f"{self._tools.step.id} ran out of time at {self._stream}: deliver it again")

    def _check_epoch(self, commit: Commit) -> None:
        if commit.epoch > self._tools.epoch:
            raise WrongEpoch(self._foreign(f"version {commit.version} of {self._stream}", commit.epoch))

    def _foreign(self, what: str, epoch: int) -> str:
        return (
            f"{what} is of epoch {epoch}, {self._tools.step.id} is set to {self._tools.epoch}: the table was restored "
            "since. Deploy with the table's epoch"
        )


def _in_pages(commits: Iterable[Commit], most: int) -> Iterator[list[Commit]]:
    page: list[Commit] = []
    size = 0
    for commit in commits:
        page.append(commit)
        size += commit.size
        if len(page) >= most or size >= MAX_PAGE_BYTES:
            yield page
            page, size = [], 0
    if page:
        yield page
