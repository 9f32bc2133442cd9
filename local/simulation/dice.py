"""Every chance of a run, from one seed."""

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Chances.

    Parameters
    ----------
    seed : int
        The same seed rolls the same dice.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._rng = random.Random(seed)  # noqa: S311 (dice, not secrets)
        self.share = self._rng.random
        """A number from 0 up to 1."""

    def chance(self, share: float) -> bool:
        """True in this share of the rolls."""
        return share > 0 and self.share() < share

    def pick(self, things: Sequence[T]) -> T:
        """One of them."""
        return things[int(self.share() * len(things))]

    def between(self, low: float, high: float) -> float:
        """A number in the range."""
        return low + (high - low) * self.share()

    def whole(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return low + int(self.share() * (high + 1 - low))

    def shuffled(self, things: Sequence[T]) -> list[T]:
        """All of them in another order."""
        return sorted(things, key=lambda _: self.share())
