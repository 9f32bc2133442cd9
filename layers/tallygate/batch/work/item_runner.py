"""The port: what runs the items of one chunk. `ItemRun` does with threads; a simulation may have one without."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from tallygate.batch.records import Failure
from tallygate.batch.work.attempt import Usage
from tallygate.batch.work.bitmap import Bitmap
from tallygate.batch.worker import Item


class Items(Protocol):
    """A chunk's items by number, each made when it is asked for."""

    def __len__(self) -> int: ...

    def __getitem__(self, number: int) -> Item: ...

    def id(self, number: int) -> str:
        """The item's id, without errors."""
        ...


class ItemRunner(Protocol):
    """Items of one chunk, and what has become of them. Nothing runs before `begin`."""

    def begin(self, numbers: Iterable[int]) -> None:
        """Run these items. Each ends as ok, as failed, or is put back: in `todo` again, to be begun once more.

        Called again only after `wait` has returned True. A runner need not put back: it may try on.
        """
        ...

    def wait(self, seconds: float) -> bool:
        """Let at most so much time pass (none if negative); True once no item that was begun is open."""
        ...

    def stop(self, grace_seconds: float) -> bool:
        """Begin no more items and wait for those in progress; False if some are still running after the grace.

        May be called twice.
        """
        ...

    @property
    def todo(self) -> Sequence[int]:
        """Items that are neither ok nor failed, in order."""
        ...

    @property
    def done(self) -> Bitmap:
        """Items whose effect is durable."""
        ...

    @property
    def failures(self) -> Mapping[int, Failure]:
        """Items that their function refused, by number, in order."""
        ...

    @property
    def outlasting(self) -> Sequence[int]:
        """Items in progress that have had nearly all the time that there was. Asked for after `stop`."""
        ...

    @property
    def complete(self) -> bool:
        """True if every item is either ok or failed."""
        ...

    @property
    def usage(self) -> Usage:
        """What the items took that have ended."""
        ...


class MakeItemRunner(Protocol):
    """Makes a runner for one attempt; the parameters are those of `ItemRun`."""

    def __call__(
        self,
        items: Items,
        process: Callable[[Item], None],
        *,
        done: Bitmap,
        failures: Mapping[int, Failure],
        concurrency: int,
        transient: Callable[[Exception], bool],
    ) -> ItemRunner:
        """A runner that has begun nothing."""
        ...
