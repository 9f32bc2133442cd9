"""What the figures must come to, and what they are to come to."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table


@dataclass(frozen=True)
class Aim:
    """One figure and its bound.

    Parameters
    ----------
    what : str
    found, bound : float
    unit : str
    must : bool
        Whether a miss fails the run.
    at_least : bool
        Whether the bound is a floor; else a ceiling.
    """

    what: str
    found: float
    bound: float
    unit: str = ""
    must: bool = True
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether the figure keeps to its bound; one that is no number doesn't."""
        return self.found >= self.bound if self.at_least else self.found <= self.bound

    @property
    def verdict(self) -> str:
        """One word."""
        if self.met:
            return "met"
        return "MISSED" if self.must else "missed"


def status(aims: Sequence[Aim]) -> int:
    """The exit status: 1 if something that must be met is missed."""
    return 1 if any(aim.must and not aim.met for aim in aims) else 0


def aims_table(aims: Sequence[Aim]) -> Table:
    """Each figure beside its bound."""
    table = Table("", "found", "aim", "", title="aims")
    for aim in aims:
        sign = "≥" if aim.at_least else "≤"
        bound = f"{'must be' if aim.must else 'aim'} {sign} {aim.bound:,.6g} {aim.unit}".rstrip()
        table.add_row(aim.what, f"{aim.found:,.4g} {aim.unit}".rstrip(), bound, aim.verdict)
    return table
