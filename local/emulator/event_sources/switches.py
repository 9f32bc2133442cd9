"""Which behaviours are on: the mends turn them on before the emulator serves, nothing turns them off."""

from dataclasses import dataclass


@dataclass
class Switches:
    """One field per mend of the same name."""

    event_sources_apart: bool = False
    bisect: bool = False
    retry_limit: bool = False
    partial_batch: bool = False
    on_failure: bool = False


SWITCHES = Switches()
