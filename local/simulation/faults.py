"""How often what goes wrong."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """Shares from 0 to 1.

    Parameters
    ----------
    refused : float
        Calls that are answered by a 500 before anything has happened.
    lost : float
        Writes that land and whose answer is lost.
    stale : float
        Eventually consistent reads that miss what is new.
    gives_up : float
        Unanswered calls that the client doesn't send again: its deadline has passed.
    crash : float
        Switch points at which a mortal actor dies.
    stall : float
        Switch points at which an actor stands still for some of `stall_seconds`.
    stall_seconds : tuple of float
        The longest stall; each is uniform below one of these.
    until : float
        Seconds of simulated time after which nothing goes wrong any more: what is alive must then come to its end.
    """

    refused: float = 0.0
    lost: float = 0.0
    stale: float = 0.0
    gives_up: float = 0.0
    crash: float = 0.0
    stall: float = 0.0
    stall_seconds: tuple[float, ...] = (1.0, 20.0, 120.0)
    until: float = float("inf")
