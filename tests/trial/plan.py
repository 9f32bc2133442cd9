"""What is to happen, drawn from the seed: sizes, items that misbehave, deaths of workers, duplicates."""

import random
from dataclasses import dataclass

from local.faults.deaths import deaths

STREAMS = 64
IN_A_ROW = 100  # items beside each other share a stream, so that group commit takes them together
CHUNK = 500
LEAST_CHUNKS = 20


@dataclass(frozen=True, kw_only=True)
class Batch:
    """One batch of the trial.

    Parameters
    ----------
    name : str
    items : int
    dispatch : str
        `map` or `queue`.
    acts : mapping of int to str
        What items do that aren't `ok`, by number.
    chunk_size : int
    """

    name: str
    items: int
    dispatch: str
    acts: dict[int, str]
    chunk_size: int

    @property
    def chunks(self) -> int:
        """How many."""
        return -(-self.items // self.chunk_size)

    def csv(self) -> str:
        """The manifest."""
        lines = (f"{n:06d},{self.acts.get(n, 'ok')},{n // IN_A_ROW % STREAMS}" for n in range(self.items))
        return "id,act,stream\n" + "\n".join(lines) + "\n"

    def doing(self, act: str) -> list[str]:
        """The ids of items that do this."""
        return [f"{n:06d}" for n, does in sorted(self.acts.items()) if does == act]


@dataclass(frozen=True)
class Plan:
    """All draws. The same seed and sizes draw the same.

    Parameters
    ----------
    seed : int
    items : int
        Of the largest batch.
    killer : bool
        Whether one item kills its process, every time.
    """

    seed: int
    items: int
    killer: bool = True

    def dice(self, what: str) -> random.Random:
        """Dice of one purpose."""
        return random.Random(f"{self.seed}/{what}")

    def deaths(self, what: str, chunks: int) -> dict[int, float]:
        """Invocations of the worker that lose their process, and after how many seconds."""
        return deaths(seed=self.dice(f"deaths/{what}").randrange(1 << 31), chunks=chunks)

    def poisoned(self, dispatch: str, items: int) -> Batch:
        """One item raises, one kills."""
        bad = self.dice(f"poison/{dispatch}").sample(range(items), 2)
        acts = {bad[0]: "raise"} | ({bad[1]: "kill"} if self.killer else {})
        return self._batch(f"poisoned-{dispatch}", items, dispatch, acts)

    def stopped(self, items: int) -> Batch:
        """Every other chunk's worker stops."""
        size = _chunk_size(items)
        return self._batch("stopped", items, "map", {n: "stop" for n in range(items) if n // size % 2})

    def slow(self, name: str, items: int, dispatch: str = "map") -> Batch:
        """All items take as long as the switch says."""
        return self._batch(name, items, dispatch, dict.fromkeys(range(items), "slow"))

    def plain(self, name: str, items: int, dispatch: str) -> Batch:
        """No item misbehaves."""
        return self._batch(name, items, dispatch, {})

    def _batch(self, name: str, items: int, dispatch: str, acts: dict[int, str]) -> Batch:
        return Batch(name=name, items=items, dispatch=dispatch, acts=acts, chunk_size=_chunk_size(items))


def _chunk_size(items: int) -> int:
    return min(CHUNK, max(1, items // LEAST_CHUNKS))
