"""Removes the objects of commits that lost their version. Nothing else is ever removed.

An object is put before its commit. If the commit then loses its version to another, the object stays behind, and
nothing will ever point to it: versions are taken once and for all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tallygate.deadline import Deadline
from tallygate.events.overflow.blobs import Blob, Blobs
from tallygate.events.overflow.key import parse_key
from tallygate.events.stream_id import StreamId

# The id of the commit that stands at a version, by a consistent read; None where none does.
CommitIdAt = Callable[[StreamId, int], str | None]

AGE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Collected:
    """What a run found, by key.

    Parameters
    ----------
    kept : tuple of str
        Their commits stand.
    deleted : tuple of str
        Their versions were taken by other commits. Without `delete`: what would be deleted.
    undecided : tuple of str
        No commit stands at the version yet, or the object is too young to be looked at; kept.
    foreign : tuple of str
        Not named as ours are; kept.
    """

    kept: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()


def collect(
    commit_id_at: CommitIdAt,
    blobs: Blobs,
    *,
    older_than: timedelta = AGE,
    now: datetime,
    until: Deadline,
    delete: bool,
) -> Collected:
    """Look at every object, and delete those whose commits have lost.

    Parameters
    ----------
    commit_id_at : callable
        Must read consistently, from the table whose commits the bucket serves: a bucket belongs to one table.
    older_than : timedelta
        Younger objects are not looked at: most belong to commits that are about to land. This saves reads; it is not
        what makes the deletion safe.
    now : datetime
        UTC.
    delete : bool
        False: only say what would be deleted.

    Raises
    ------
    Unavailable, BlobsUnusable
        What was deleted until then is rightly deleted; run it again.
    """
    found: dict[str, list[str]] = {"kept": [], "deleted": [], "undecided": [], "foreign": []}
    for blob in blobs.all(until):
        verdict = _verdict(blob, commit_id_at, now - older_than)
        if verdict == "deleted" and delete:
            blobs.delete(blob.key, until)
        found[verdict].append(blob.key)
    return Collected(**{verdict: tuple(keys) for verdict, keys in found.items()})


# The race this settles:   slow writer: put object ──────────────────▶ commit lands: its object must be there
#                          collector:        list ──▶ no commit yet: undecided, kept
# An age can't decide it: a writer may sleep for as long as it likes between its two steps.
def _verdict(blob: Blob, commit_id_at: CommitIdAt, before: datetime) -> str:
    try:
        stream, version, commit_id = parse_key(blob.key)
    except ValueError:
        return "foreign"
    if blob.modified > before:
        return "undecided"
    standing = commit_id_at(stream, version)
    if standing is None:
        return "undecided"
    return "kept" if standing == commit_id else "deleted"
