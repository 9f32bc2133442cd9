"""A queue and a bucket in memory: the twins of those on AWS."""

from collections.abc import Iterable, Iterator, Sequence

from tallygate.checks.queue_drained import Depth


class MemoryQueue:
    """A queue whose depths are set.

    Parameters
    ----------
    depths : iterable of Depth
        What the next looks see, one after the other; the last one stays.
    """

    def __init__(self, depths: Iterable[Depth]) -> None:
        self._depths = list(depths)
        self.looks = 0

    def depth(self) -> Depth:
        """See `Queue.depth`."""
        self.looks += 1
        return self._depths[min(self.looks, len(self._depths)) - 1]


class MemoryKeys:
    """The keys of a bucket.

    Parameters
    ----------
    keys : iterable of str
    """

    def __init__(self, keys: Iterable[str]) -> None:
        self._keys = sorted(keys)
        self.read = 0

    def pages(self, prefix: str, size: int) -> Iterator[Sequence[str]]:
        """See `Keys.pages`; `read` counts the pages."""
        found = [key for key in self._keys if key.startswith(prefix)]
        for start in range(0, max(1, len(found)), size):
            self.read += 1
            yield found[start : start + size]
