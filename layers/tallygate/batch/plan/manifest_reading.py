"""From a manifest that somebody uploaded to items that workers can read by themselves: the planner's one call."""

from collections.abc import Iterable, Iterator, Sequence
from uuid import uuid4

import msgspec

from tallygate.batch.chunk import Chunk, ChunkCutter
from tallygate.batch.errors import BadInput
from tallygate.batch.objects import ObjectStore, Opened
from tallygate.batch.plan.duplicates import Duplicates
from tallygate.batch.plan.grouping import Grouping
from tallygate.batch.plan.gunzip import gunzip
from tallygate.batch.plan.manifest_pass import ManifestPass
from tallygate.batch.plan.scratch import Scratch
from tallygate.batch.records import Source
from tallygate.batch.worker import Worker

READ_BYTES = 8 * 1024 * 1024
MAX_WRITTEN_BYTES = 80_000_000_000  # of a copy: S3 takes 10,000 parts


class ReadManifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a manifest holds, each line of it checked.

    Parameters
    ----------
    columns : tuple of str
        The CSV header; empty for JSONL.
    source : Source
        Where workers read items by byte range: the version that was uploaded, or our copy of it.
    chunks : sequence of Chunk
        One at least.
    items : int
        In all chunks.
    """

    columns: tuple[str, ...]
    source: Source
    chunks: Sequence[Chunk]
    items: int


class ManifestReading:
    """Reads one manifest, once, in bounded memory.

    Parameters
    ----------
    objects : ObjectStore
    worker : Worker
        Gives the ids, and the columns that must be there.
    chunk_size, max_chunks : int
        Items in a chunk at most; how many chunks there may be.
    scratch : Scratch
        Takes 8 bytes an item above a million items, and with `group_by` the lines once more, and 8 bytes for each.
    format : str
        `csv` or `jsonl`.
    gzipped : bool
        It is packed.
    group_by : str, optional
        The column whose values keep items together: one value, one chunk, or several in order if it has too many items.
    max_items : int, optional
        More are refused, as soon as they are seen.
    """

    def __init__(
        self,
        objects: ObjectStore,
        worker: Worker,
        *,
        chunk_size: int,
        max_chunks: int,
        scratch: Scratch,
        format: str,
        gzipped: bool = False,
        group_by: str | None = None,
        max_items: int | None = None,
    ) -> None:
        self._objects = objects
        self._gzipped = gzipped
        self._format = format
        self._pass = ManifestPass(worker, format, group_by)
        self._group_by = group_by
        self._max_items = max_items
        self._duplicates = Duplicates(scratch)
        self._grouping = Grouping(scratch)
        self._cutter = ChunkCutter(chunk_size, most=max_chunks)

    def read(self, opened: Opened, *, prefix: str) -> ReadManifest:
        """Check every line and cut chunks.

        Parameters
        ----------
        opened : Opened
            The manifest, as it was uploaded.
        prefix : str
            Of keys of our own, where copies go: of what is gzipped, grouped, or has no version.

        Raises
        ------
        BadInput
            Names the line of what was uploaded.
        Unavailable
        """
        checked = self._checked(gunzip(opened.blocks) if self._gzipped else opened.blocks)
        if opened.source.version and not self._gzipped:
            source = opened.source
            for _ in checked:
                pass
        else:
            source = self._objects.write(f"{prefix}manifest-{uuid4()}.{self._format}", _bounded(checked))
        self._refuse_repetitions(source)
        if self._group_by is not None:
            source = self._objects.write(f"{prefix}grouped-{uuid4()}.{self._format}", self._grouped())
        chunks = self._cutter.chunks()
        return ReadManifest(columns=self._pass.columns, source=source, chunks=chunks, items=self._pass.items)

    def _checked(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """The content again. Meanwhile ids are noted, and lines are either cut into chunks or kept to be grouped."""
        for block, found in self._pass.read(blocks):
            if block.number == self._pass.first_line:
                self._cutter.skip(self._pass.header)
                yield self._pass.header
            self._duplicates.add(found.ids)
            self._refuse_too_many()
            if self._group_by is None:
                self._cutter.add(block.lengths())
            else:
                self._grouping.add([hash(key) for key in found.groups], [line + b"\n" for line in block.lines])
            yield block.content

    def _refuse_too_many(self) -> None:
        if self._max_items is not None and self._pass.items > self._max_items:
            raise BadInput(
                f'the file has more items than "max_items", {self._max_items:,}: raise it, or upload the file you meant'
            )

    def _grouped(self) -> Iterator[bytes]:
        """The content in the order of groups. A chunk is closed before a group that it has no room for."""
        yield self._pass.header
        for group in self._grouping.groups():
            self._cutter.make_room(group.items, group.size)
            for lines in group.parts:
                self._cutter.add([len(line) for line in lines])
                yield b"".join(lines)

    def _refuse_repetitions(self, source: Source) -> None:
        """Read all again where two ids have the same hash: that tells which lines they are on, and if they are one."""
        suspects = self._duplicates.suspects()
        if not suspects:
            return
        lines: dict[str, int] = {}
        for block, found in self._pass.again().read(self._blocks(source)):
            for number, item_id in enumerate(found.ids, block.number):
                if hash(item_id) in suspects and (first := lines.setdefault(item_id, number)) != number:
                    raise BadInput(f"line {number} repeats the id {item_id!r} of line {first}: remove one of them")

    def _blocks(self, source: Source) -> Iterator[bytes]:
        for start in range(0, self._pass.size, READ_BYTES):
            yield self._objects.read(source, start, start + READ_BYTES)


def _bounded(blocks: Iterable[bytes]) -> Iterator[bytes]:
    size = 0
    for block in blocks:
        size += len(block)
        if size > MAX_WRITTEN_BYTES:
            raise BadInput(
                f"the file has more than {MAX_WRITTEN_BYTES:,} bytes, unpacked: split the manifest into several batches"
            )
        yield block
