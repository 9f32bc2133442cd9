"""A projection tried on some events: what a user's own test calls."""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

import msgspec

from tallygate import clock
from tallygate.deadline import Deadline
from tallygate.events.commit import Commit, new_commit_id
from tallygate.events.memory import MemoryCommitLog
from tallygate.projections.errors import InvalidView
from tallygate.projections.fold import Fold
from tallygate.projections.projection import Projection
from tallygate.projections.row import Contribution

V = TypeVar("V")


class Rehearsed(msgspec.Struct, Generic[V], frozen=True):
    """The view that the events make, and what it adds to the totals."""

    view: V
    totals: Contribution


def rehearse(projection: Projection[V], events: Sequence[Any]) -> Rehearsed[V]:
    """Apply events, each in a commit of its own and each twice, as a deployed projection would apply them.

    Parameters
    ----------
    events : sequence
        Events of the projection's aggregate; they are stored and read back.

    Raises
    ------
    InvalidView
        `apply`, the view or the totals are no good; the message says which, and how to mend it. In a deployment the
        stream would be parked with the same words.
    InvalidEvent
        One is no event of the aggregate.
    """
    stream, until = projection.of.stream("rehearsal"), Deadline.after(600)
    fold = Fold(projection, MemoryCommitLog(), rehearsals=len(events))
    commits = [
        Commit(stream, version, new_commit_id(), (projection.of.encode(event),), (), clock.utc_now())
        for version, event in enumerate(events, start=1)
    ]
    taken = fold.take(stream, None, commits, 1, until)
    if taken.refused is not None:
        raise InvalidView(f"at event {taken.refused.version} of {len(events)}: {taken.refused.error}")
    if taken.row is None:
        return Rehearsed(projection.beginning(), projection.contribution(projection.beginning()))
    return Rehearsed(projection.parse(taken.row.view), taken.row.contribution)
