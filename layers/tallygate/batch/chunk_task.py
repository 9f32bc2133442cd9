"""A chunk's message, as workers get it."""

from datetime import datetime
from typing import Any

import msgspec

from tallygate import clock
from tallygate.batch.chunk import Chunk
from tallygate.batch.errors import BadInput
from tallygate.batch.plan.names import MAX_GENERATION, NAME


class ChunkTask(msgspec.Struct, frozen=True):
    """A worker's message.

    Parameters
    ----------
    batch : str
    generation : int
    chunk : Chunk
    sent : datetime, optional
        When it was sent, for the time that it waited; default: when the generation was started.
    """

    batch: str
    generation: int
    chunk: Chunk
    sent: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """As it is sent."""
        sent = {"sent": clock.to_text(self.sent)} if self.sent else {}
        return {"batch": self.batch, "generation": self.generation, "chunk": self.chunk.to_json(), **sent}

    @classmethod
    def from_json(cls, raw: Any) -> "ChunkTask":  # noqa: ANN401 (it is what arrived, of whatever type)
        """The inverse of `to_json`. Raises `BadInput` for anything else."""
        try:
            sent = clock.from_text(raw["sent"]) if raw.get("sent") else None
            task = cls(str(raw["batch"]), int(raw["generation"]), Chunk.from_json(raw["chunk"]), sent)
        except (AttributeError, KeyError, TypeError, ValueError):
            # Neither with what arrived nor from the error that quotes it: it goes to a log, and may be anything.
            raise BadInput('what arrived is no chunk message: expected {"batch", "generation", "chunk"}') from None
        if not NAME.fullmatch(task.batch) or not 0 <= task.generation <= MAX_GENERATION:
            raise BadInput("what arrived is no chunk message: its batch or its generation can't be one")
        return task
