"""A worker's message: which chunk of which batch."""

from dataclasses import dataclass
from typing import Any

from tallygate.batch.chunk import Chunk
from tallygate.batch.errors import BadInput


@dataclass(frozen=True, slots=True)
class ChunkTask:
    """A worker's message.

    Parameters
    ----------
    batch : str
    generation : int
    chunk : Chunk
    """

    batch: str
    generation: int
    chunk: Chunk

    def to_json(self) -> dict[str, Any]:
        """As it is sent."""
        return {"batch": self.batch, "generation": self.generation, "chunk": self.chunk.to_json()}

    @classmethod
    def from_json(cls, raw: Any) -> "ChunkTask":  # noqa: ANN401 (it is what arrived, of whatever type)
        """The inverse of `to_json`. Raises `BadInput` for anything else."""
        try:
            return cls(str(raw["batch"]), int(raw["generation"]), Chunk.from_json(raw["chunk"]))
        except (KeyError, TypeError, ValueError) as exc:
            raise BadInput(f'{raw!r} is no chunk message: expected {{"batch", "generation", "chunk"}}') from exc
