"""Each shard of each event source mapping is polled on its own.

On AWS a consumer that is slow, or fails, delays no other. The emulator calls all consumers of streams in one
loop, one after the other, and queues wait for them too: a projection that sleeps would stop every other one.
"""

from local.emulator.event_sources import pollers
from local.emulator.event_sources.switches import SWITCHES


def apply() -> None:
    """Give each shard of each mapping a thread."""
    pollers.install()
    SWITCHES.event_sources_apart = True
