"""How far everything was read, as text that is small and outlives the process.

A checkpoint covers exactly the commits that the reading had handed out when it was taken: reading on from it repeats
none of them and misses none of the others. So take it when what was handed out is done. Commits that were handed out
after the last checkpoint that was kept are handed out again.
"""

from dataclasses import dataclass

from tallygate.events import serializer
from tallygate.events.commit import Commit
from tallygate.events.errors import CorruptStream
from tallygate.events.everything.errors import WrongCheckpoint

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Place:
    """How far one sequence of commits was read.

    Parameters
    ----------
    stream, version
        The last commit; an empty stream: none yet.
    done : bool
        There are no more.
    """

    stream: str = ""
    version: int = 0
    done: bool = False

    def moved(self, commit: Commit) -> "Place":
        """The place after the commit, which must be the next of the same stream, or the first of another one.

        Raises
        ------
        CorruptStream
            There is a hole before it. Also where a stream comes in two pieces: the second one doesn't begin with 1.
        """
        expected = self.version + 1 if commit.stream == self.stream else 1
        if commit.version != expected:
            raise CorruptStream(
                f"{commit.stream} has version {commit.version} where {expected} must be: an item was deleted or never "
                "restored. Restore the table from point-in-time recovery"
            )
        return Place(commit.stream, commit.version)

    @property
    def finished(self) -> "Place":
        """The place once there are no more."""
        return Place(self.stream, self.version, done=True)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far everything was read.

    Parameters
    ----------
    format : int
        Of this record. It is stored: a new meaning gets a new number.
    kind : str
        `scan` or `export`.
    source : str
        Which table or export.
    places : tuple of Place
        One for each sequence that is read by itself: a segment of a scan, a whole export.
    """

    format: int
    kind: str
    source: str
    places: tuple[Place, ...]

    @classmethod
    def begin(cls, kind: str, source: str, sequences: int, *, after: str) -> "Checkpoint":
        """The checkpoint to read on from.

        Parameters
        ----------
        sequences : int
            Into how many it is divided.
        after : str
            What `text` returned earlier; empty: from the start.

        Raises
        ------
        WrongCheckpoint
            It is not one of this source, divided as now.
        """
        fresh = cls(FORMAT, kind, source, (Place(),) * sequences)
        if not after:
            return fresh
        earlier = _parsed(after)
        for name, theirs, ours in (
            ("format", earlier.format, FORMAT),
            ("kind", earlier.kind, kind),
            (kind, earlier.source, source),
            ("number of segments", len(earlier.places), sequences),
        ):
            if theirs != ours:
                raise WrongCheckpoint(
                    f"the checkpoint is of another {name}: {theirs!r}, not {ours!r}. Read on as it was begun, "
                    "or from the start"
                )
        return earlier

    @property
    def text(self) -> str:
        """As JSON: about 100 bytes a place, 330 at most."""
        return serializer.dump(self).decode()


def _parsed(text: str) -> Checkpoint:
    try:
        return serializer.parse(text.encode(), Checkpoint)
    except ValueError as exc:
        raise WrongCheckpoint(
            f"{text[:60]!r} is no checkpoint ({exc}): give what `checkpoint` returned, unchanged, or nothing"
        ) from exc
