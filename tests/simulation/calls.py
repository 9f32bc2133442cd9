"""The port between the twins and who decides when a call takes place."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from local.simulation import Kind

T = TypeVar("T")


class Calls(Protocol):
    """Calls to services: of a simulation (`local.simulation.Wire`), or of an exploration."""

    def resend(
        self, asks: str, act: Callable[[], T], *, kind: Kind = Kind.WRITE, stale: Callable[[], T] | None = None
    ) -> T:
        """Have the service do `act` once others had their turn; sent again as the adapters do.

        Raises
        ------
        Unavailable
            It got no answer; if it writes, it may have taken effect.
        """
        ...
