"""The ways to compress that are compared."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import zstandard

DICTIONARY_BYTES = (1024, 4096)


@dataclass(frozen=True)
class Candidate:
    """One way.

    Parameters
    ----------
    name : str
    module : str
        What a process has to import for it; empty: nothing.
    compress, decompress : callable
    """

    name: str
    module: str
    compress: Callable[[bytes], bytes]
    decompress: Callable[[bytes], bytes]


def candidates(training: Sequence[bytes]) -> list[Candidate]:
    """All of them; dictionaries are made of the training commits."""
    plain = [_zlib(level) for level in (1, 6, 9)]
    ours = [_zlib_with(b"".join(training)[-size:]) for size in DICTIONARY_BYTES]
    trained = [_zstd(zstandard.train_dictionary(size, list(training))) for size in DICTIONARY_BYTES]
    return [Candidate("none", "", bytes, bytes), *plain, *ours, _zstd(None), *trained]


def _zlib(level: int) -> Candidate:
    return Candidate(f"zlib {level}", "zlib", lambda text: zlib.compress(text, level), zlib.decompress)


def _zlib_with(dictionary: bytes) -> Candidate:
    def compress(text: bytes) -> bytes:
        compressor = zlib.compressobj(6, zdict=dictionary)
        return compressor.compress(text) + compressor.flush()

    def decompress(data: bytes) -> bytes:
        decompressor = zlib.decompressobj(zdict=dictionary)
        return decompressor.decompress(data) + decompressor.flush()

    return Candidate(f"zlib 6, dictionary of {len(dictionary) // 1024} KB", "zlib", compress, decompress)


def _zstd(dictionary: zstandard.ZstdCompressionDict | None) -> Candidate:
    size = f", dictionary of {len(dictionary.as_bytes()) // 1024} KB" if dictionary else ""
    compressor = zstandard.ZstdCompressor(3, dict_data=dictionary)
    decompressor = zstandard.ZstdDecompressor(dict_data=dictionary)
    return Candidate(f"zstandard 3{size}", "zstandard", compressor.compress, decompressor.decompress)
