"""The in-memory twin of the object store."""

from collections.abc import Iterable

from tallygate.batch.errors import BadInput
from tallygate.batch.objects import Opened
from tallygate.batch.plan.location import Location
from tallygate.batch.records import Source

BLOCK_BYTES = 1000  # small, so that lines fall across blocks in tests


class MemoryObjectStore:
    """Versions of objects in a dictionary.

    Parameters
    ----------
    bucket : str
        Our own bucket, versioned as every bucket here but those in `unversioned`.
    unversioned : set of str
        Buckets that keep no versions.
    """

    def __init__(self, bucket: str = "batches", unversioned: frozenset[str] = frozenset()) -> None:
        self._bucket = bucket
        self._unversioned = unversioned
        self._versions: dict[tuple[str, str], list[bytes]] = {}

    def upload(self, location: Location, content: bytes) -> None:
        """What a user does before starting a batch."""
        versions = self._versions.setdefault((location.bucket, location.key), [])
        if location.bucket in self._unversioned:
            versions.clear()
        versions.append(content)

    def delete(self, bucket: str, key: str) -> None:
        """What a lifecycle rule does in the end."""
        del self._versions[bucket, key]

    def open(self, location: Location) -> Opened:
        """See `ObjectStore.open`."""
        versions = self._versions.get((location.bucket, location.key))
        if not versions:
            raise BadInput(f"{location} does not exist: upload the manifest or mend its key")
        version = "" if location.bucket in self._unversioned else str(len(versions))
        content = versions[-1]
        blocks = (content[at : at + BLOCK_BYTES] for at in range(0, len(content), BLOCK_BYTES))
        return Opened(source=Source(bucket=location.bucket, key=location.key, version=version), blocks=blocks)

    def read(self, source: Source, start: int = 0, end: int | None = None) -> bytes:
        """See `ObjectStore.read`."""
        versions = self._versions[source.bucket, source.key]
        return versions[int(source.version or 0) - 1][start:end]

    def put(self, key: str, content: bytes) -> Source:
        """See `ObjectStore.put`."""
        self.upload(Location(bucket=self._bucket, key=key), content)
        return Source(bucket=self._bucket, key=key, version=str(len(self._versions[self._bucket, key])))

    def write(self, key: str, blocks: Iterable[bytes]) -> Source:
        """See `ObjectStore.write`."""
        return self.put(key, b"".join(blocks))
