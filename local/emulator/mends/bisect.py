"""BisectBatchOnFunctionError: a batch that failed is split, and its halves are tried on their own.

On AWS the one record that can't be handled is soon alone, and the others go on. The emulator tries the whole
batch again, for ever: nothing shows whether a consumer stands half a batch that comes again.
"""

from local.emulator.event_sources import pollers
from local.emulator.event_sources.switches import SWITCHES


def apply() -> None:
    """Split batches of more than one record that failed, where the mapping says so."""
    pollers.install()
    SWITCHES.bisect = True
