"""A check that enough objects stand under a prefix."""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from tallygate.batch.errors import NotReadyError
from tallygate.checks.arguments import flag, whole
from tallygate.errors import InvalidInput

MAX_COUNT = 1_000_000  # 1,000 pages and a minute or more at each poll
MAX_KEY_BYTES = 1024


class Keys(Protocol):
    """The keys of a bucket."""

    def pages(self, prefix: str, size: int) -> Iterator[Sequence[str]]:
        """The keys that begin with `prefix`, in pages of up to `size`; a page is read when it is asked for.

        Raises `InvalidInput` and `Unavailable`.
        """
        ...


class ObjectsCounted:
    """Passes when at least so many objects stand under a prefix. Folders' markers (keys that end in `/`) don't count.

    S3 lists what was written before, without delay, so that the count is never too high for objects that stay. What it
    can't prove: that an object is whole or right, or that each was written by another worker (one that is written
    twice under two keys counts twice). Let workers write each result under a key that follows from the item.

    Cost of a poll: one LIST per 1,000 keys ($0.005 per 1,000 LISTs), until enough are counted.

    Parameters
    ----------
    keys : Keys
    """

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def check(self, prefix: str, at_least: int, *, force: bool = False) -> dict[str, Any]:
        """Pass, or raise.

        Parameters
        ----------
        prefix : str
            What the keys begin with, such as `results/run-7/`; empty for the whole bucket.
        at_least : int
            How many objects, 1 to 1,000,000.
        force : bool
            Pass without counting.

        Returns
        -------
        dict
            `forced`, and how many were `counted`: `at_least`, even where there are more.

        Raises
        ------
        NotReadyError
            There are fewer.
        InvalidInput, Unavailable
        """
        prefix, at_least = _prefix(prefix), whole("at_least", at_least, low=1, high=MAX_COUNT)
        if flag("force", force):
            return {"forced": True, "counted": 0}
        counted = 0
        # A page of a few keys costs as much as a full one: markers need not lead to another.
        for page in self._keys.pages(prefix, 1000):
            counted += sum(not key.endswith("/") for key in page)
            if counted >= at_least:
                return {"forced": False, "counted": at_least}
        raise NotReadyError(f"{counted:,} of {at_least:,} objects stand under {prefix!r}")


def _prefix(prefix: object) -> str:
    if not isinstance(prefix, str):
        raise InvalidInput(f"prefix is {prefix!r}, expected a text such as 'results/run-7/'")
    if prefix.startswith("s3://"):
        raise InvalidInput(f"prefix is {prefix!r}: leave out s3:// and the bucket, whose name is a setting")
    if len(prefix.encode()) > MAX_KEY_BYTES:
        raise InvalidInput(f"prefix is {len(prefix.encode()):,} bytes long: no key has more than {MAX_KEY_BYTES:,}")
    return prefix
