"""The one pass over a manifest: every line is checked as it goes by."""

from collections.abc import Iterable, Iterator

from tallygate.batch.errors import BadInput
from tallygate.batch.plan.line_block import BlockReader, Found, LineBlock
from tallygate.batch.plan.manifest_lines import LineReader, whole_lines
from tallygate.batch.worker import Worker


class ManifestPass:
    """Reads a manifest block by block, from its start.

    Parameters
    ----------
    worker : Worker
    format : str
        `csv` or `jsonl`.
    group_by : str, optional
        The column by whose values items are grouped.
    """

    def __init__(self, worker: Worker, format: str, group_by: str | None = None) -> None:
        self._worker = worker
        self._format = format
        self._group_by = group_by
        self._reader = None if format == "csv" else BlockReader(LineReader(worker=worker), group_by)
        self.header = b""
        self.columns: tuple[str, ...] = ()
        self.size = 0  # bytes that went by, with the header
        self.items = 0

    @property
    def first_line(self) -> int:
        """The number of the first item's line."""
        return 2 if self.header else 1

    def again(self) -> "ManifestPass":
        """A pass that has not begun, over a manifest of the same kind."""
        return ManifestPass(self._worker, self._format, self._group_by)

    def read(self, blocks: Iterable[bytes]) -> Iterator[tuple[LineBlock, Found]]:
        """The lines below the header.

        Raises
        ------
        BadInput
            The header or a line is bad, or there is none.
        """
        for content in whole_lines(blocks):
            self.size += len(content)
            reader, lines = (self._reader, content) if self._reader else self._below_header(content)
            if lines:
                block = LineBlock.of(lines, self.first_line + self.items)
                self.items += len(block.lines)
                yield block, reader.read(block)
        if not self._reader:
            raise BadInput("the file is empty: upload a manifest with a header and at least one item")
        if not self.items:
            raise BadInput("the file has no items: upload a manifest with at least one")

    def _below_header(self, content: bytes) -> tuple[BlockReader, bytes]:
        header, newline, lines = content.partition(b"\n")
        self.header = header + newline
        reader = LineReader.for_csv(self.header, self._worker)
        self.columns = reader.columns
        self._reader = BlockReader(reader, self._group_by)
        return self._reader, lines
