"""Finds an id that stands twice in a manifest."""

from hashlib import blake2b

from tallygate.batch.errors import BadInput

MAX_ITEMS = 2_000_000  # about 300 MB of digests, what a plan function of 512 MB can hold


class Duplicates:
    """The ids seen so far, as digests of 16 bytes (two ids out of 2 million share one with a chance of 1e-26)."""

    def __init__(self) -> None:
        self._lines: dict[bytes, int] = {}

    def add(self, item_id: str, line: int) -> None:
        """Note an id.

        Raises
        ------
        BadInput
            It was noted before (both lines are named), or there are too many.
        """
        first = self._lines.setdefault(blake2b(item_id.encode(), digest_size=16).digest(), line)
        if first != line:
            raise BadInput(f"line {line} repeats the id {item_id!r} of line {first}: remove one of them")
        if len(self._lines) > MAX_ITEMS:
            raise BadInput(f"more than {MAX_ITEMS:,} items: split the manifest into several batches")
