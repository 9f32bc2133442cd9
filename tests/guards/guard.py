"""A guard: where it stands, what the code is without it, and the test that notices."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cut:
    """A piece of source code, which occurs once in its file, and what stands there when the guard is gone."""

    file: str
    guard: str
    without: str


@dataclass(frozen=True)
class Guard:
    """One guard.

    Parameters
    ----------
    name : str
    cuts : tuple of Cut
        All of them together take it away.
    test : str
        Green with it, red without it.
    shows : str
        Words of the red run: it must be red for this reason, not for another.
    """

    name: str
    cuts: tuple[Cut, ...]
    test: str
    shows: str
