"""An iterator of commits that can be left and taken up again."""

from collections.abc import Generator, Iterator
from dataclasses import replace
from types import TracebackType
from typing import Self

from tallygate.events.commit import Commit
from tallygate.events.everything.checkpoint import Checkpoint

# A commit of sequence number n; None: that sequence has no more.
Sequences = Generator[tuple[int, Commit | None], None, None]


class Reading(Iterator[Commit]):
    """Commits, each stream's in order and without a hole. For one thread. Close it, or use it in `with`.

    After an error every further step raises the same error: what is missing can't be taken for an end.

    Parameters
    ----------
    sequences : generator
        Within each of them a stream's commits are contiguous and ascending, if nothing is amiss: it is checked here.
    checkpoint : Checkpoint
        Where they begin.
    """

    def __init__(self, sequences: Sequences, checkpoint: Checkpoint) -> None:
        self._sequences = sequences
        self._begun = checkpoint
        self._places = list(checkpoint.places)
        self._error: BaseException | None = None

    def __next__(self) -> Commit:
        if self._error is not None:
            raise self._error
        try:
            return self._step()
        except StopIteration:
            raise
        except BaseException as exc:
            self._error = exc
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def checkpoint(self) -> str:
        """Covers the commits handed out so far: give it as `after` to read on.

        Take it when the last of them is done: those handed out after the last checkpoint that you kept come again.
        """
        return replace(self._begun, places=tuple(self._places)).text

    def close(self) -> None:
        """Stop its threads and remove its files. What was handed out stays covered by `checkpoint`."""
        self._sequences.close()

    def _step(self) -> Commit:
        for sequence, commit in self._sequences:
            place = self._places[sequence]
            if commit is not None:
                self._places[sequence] = place.moved(commit)
                return commit
            self._places[sequence] = place.finished
        raise StopIteration
