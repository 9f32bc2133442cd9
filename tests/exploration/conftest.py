"""The same as for the simulation."""

from tests.simulation.conftest import _fast

__all__ = ["_fast"]
