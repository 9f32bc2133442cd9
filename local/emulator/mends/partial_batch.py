"""ReportBatchItemFailures: what comes before the first record that failed is done.

AWS tries again from the lowest sequence number that the answer reports. The emulator does not read the answer
of a stream's function: records that were reported as failed are lost.
"""

from local.emulator.event_sources import pollers
from local.emulator.event_sources.switches import SWITCHES


def apply() -> None:
    """Read the answer, where the mapping says so."""
    pollers.install()
    SWITCHES.partial_batch = True
