"""A plan in a process of its own: `python -m bench.plan.fresh KIND LINES` prints what it took, as JSON."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

import tallygate.batch.s3_objects  # noqa: F401 (boto3 is part of what a function holds in memory)
from bench.plan.manifests import KINDS
from tallygate.batch.memory_objects import MemoryObjectStore
from tallygate.batch.objects import Opened
from tallygate.batch.plan.manifest_reading import ManifestReading
from tallygate.batch.plan.scratch import Scratch
from tallygate.batch.records import Source
from tallygate.batch.s3_upload import parts_of

CHUNK_SIZE = 1000


@dataclass(frozen=True)
class Taken:
    """What a plan took.

    Parameters
    ----------
    lines : int
    seconds : float
        Processor time, without the making of the manifest.
    peak_mb : float
        The process at its largest.
    scratch_mb : float
        Of disk, at most.
    """

    lines: int
    seconds: float
    peak_mb: float
    scratch_mb: float

    @property
    def per_second(self) -> float:
        """Lines a second of one core."""
        return self.lines / self.seconds


class _Nowhere(MemoryObjectStore):
    """Takes parts as an upload does, and forgets them."""

    def write(self, key: str, blocks: Iterable[bytes]) -> Source:
        for _ in parts_of(blocks):
            pass
        return Source(bucket="ours", key=key, version="1")


class _Watched(Scratch):
    """Remembers how much was taken at most."""

    most = 0

    def take(self, count: int) -> None:
        super().take(count)
        self.most = max(self.most, self.taken)


class _Untimed:
    """Blocks whose making is not counted."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self.seconds = 0.0

    def __iter__(self) -> Iterator[bytes]:
        while True:
            begun = time.process_time()
            block = next(self._blocks, None)
            self.seconds += time.process_time() - begun
            if block is None:
                return
            yield block


def taken(kind: str, lines: int) -> Taken:
    """Plan a manifest in a new process."""
    command = [sys.executable, "-m", "bench.plan.fresh", kind, str(lines)]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return Taken(**json.loads(told))


def main() -> None:
    """Plan here."""
    what, lines = KINDS[sys.argv[1]], int(sys.argv[2])
    scratch, blocks = _Watched(), _Untimed(what.blocks(lines))
    reading = ManifestReading(
        _Nowhere(),
        what.worker,
        chunk_size=CHUNK_SIZE,
        max_chunks=1_000_000,
        scratch=scratch,
        format=what.format,
        gzipped=what.gzipped,
        group_by=what.group_by,
    )
    begun = time.process_time()
    read = reading.read(
        Opened(source=Source(bucket="b", key="k", version="1"), blocks=iter(blocks)), prefix="batches/b/g0/"
    )
    seconds = time.process_time() - begun - blocks.seconds
    assert read.items == sum(chunk.items for chunk in read.chunks) == lines
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(asdict(Taken(lines, seconds, peak, scratch.most / 1e6))))


if __name__ == "__main__":
    main()
