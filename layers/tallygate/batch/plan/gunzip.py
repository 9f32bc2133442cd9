"""Unpacks gzip as it comes in."""

import zlib
from collections.abc import Iterable, Iterator

from tallygate.batch.errors import BadInput

BLOCK_BYTES = 1024 * 1024
_SLICE_BYTES = 64 * 1024  # what is left behind a file's end is copied: of thousands of tiny files, each time
_GZIP = zlib.MAX_WBITS | 16  # with gzip's header and checksum


def gunzip(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The content, in blocks of at most 1 MB however well it was packed.

    Files that were put one after the other are one content; zeros between them are padding.

    Raises
    ------
    BadInput
        It is no gzip, is damaged, or ends too early.
    """
    unpacking = zlib.decompressobj(_GZIP)
    begun = ended = False
    taken = 0
    for packed in _sliced(blocks):
        rest = packed
        while rest:
            if ended:
                rest = rest.lstrip(b"\0")
                if not rest:
                    break
                unpacking, ended = zlib.decompressobj(_GZIP), False
            begun = True
            for content in _unpacked(unpacking, rest, taken):
                taken += len(content)
                yield content
            rest, ended = unpacking.unused_data, unpacking.eof
    if begun and not ended:
        raise BadInput(f"the gzip file is cut off after {taken:,} bytes of content: pack it again and upload all of it")


def _sliced(blocks: Iterable[bytes]) -> Iterator[bytes]:
    for block in blocks:
        yield from (block[at : at + _SLICE_BYTES] for at in range(0, len(block), _SLICE_BYTES))


def _unpacked(unpacking: "zlib._Decompress", packed: bytes, taken: int) -> Iterator[bytes]:
    """What one file unpacks to, as far as it has come in."""
    while True:
        try:
            content = unpacking.decompress(packed, BLOCK_BYTES)
        except zlib.error as exc:
            if not taken and "header" in str(exc):
                raise BadInput("the file is not gzip, although its key ends in .gz: pack it, or rename it") from exc
            raise BadInput(f"the gzip file is damaged after {taken:,} bytes of content ({exc}): pack it again") from exc
        taken += len(content)
        if content:
            yield content
        packed = unpacking.unconsumed_tail
        if not packed:
            return
