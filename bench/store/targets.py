"""What the figures must come to."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """One figure and its bound.

    Parameters
    ----------
    what : str
    found, bound : float
    at_least : bool
        Whether the bound is a floor; else a ceiling.
    """

    what: str
    found: float
    bound: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether the figure keeps to its bound."""
        return self.found >= self.bound if self.at_least else self.found <= self.bound

    def __str__(self) -> str:
        sign = "at least" if self.at_least else "at most"
        return f"{'met ' if self.met else 'MISSED'} {self.what}: {self.found:.2f}, {sign} {self.bound:g}"
