"""One run of the smoke test: its manifest, and what must come of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from tallygate.errors import InvalidInput
from tallygate.smoke.worker import NAME

CHUNKS = 8  # several workers meet on every stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Items over streams that no other run has, so that what is expected is known to the last item.

    Parameters
    ----------
    run : str
        Tells this run from all others.
    items, streams : int
        1 to 10,000 items; no more streams than items.

    Raises
    ------
    InvalidInput
        A number is out of range.
    """

    run: str
    items: int = 200
    streams: int = 10

    def __post_init__(self) -> None:
        if not 1 <= self.items <= 10_000:
            raise InvalidInput(f"items is {self.items}, expected 1 to 10,000")
        if not 1 <= self.streams <= self.items:
            raise InvalidInput(f"streams is {self.streams}, expected 1 to {self.items}, the number of items")

    @property
    def batch(self) -> str:
        """The batch's id. Permissions are given for names that begin so."""
        return f"{NAME}-{self.run}"

    @property
    def chunk_size(self) -> int:
        """Items in a chunk: neighbours in the manifest are of different streams."""
        return -(-self.items // CHUNKS)

    def manifest(self) -> str:
        """CSV; item n belongs to stream n modulo the number of streams, its amount is n."""
        rows = [f"{n},{self.stream(n % self.streams)},{n}\n" for n in range(self.items)]
        return "id,stream,amount\n" + "".join(rows)

    def stream(self, number: int) -> str:
        """The id of a stream within its category."""
        return f"{self.run}.{number}"

    def expected(self) -> Mapping[str, frozenset[str]]:
        """The items of each stream; the amount of an item is its number."""
        return {
            self.stream(number): frozenset(str(n) for n in range(number, self.items, self.streams))
            for number in range(self.streams)
        }

    def input(self, manifest: str) -> dict[str, object]:
        """What the state machine is started with."""
        return {
            "manifest": manifest,
            "name": self.batch,
            "worker": NAME,
            "chunk_size": self.chunk_size,
            "concurrency": 4,
            "item_concurrency": 10,
            "deadline_minutes": 30,
            "on_incomplete": "partial",
        }
