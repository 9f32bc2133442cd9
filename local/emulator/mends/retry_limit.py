"""MaximumRetryAttempts and MaximumRecordAgeInSeconds: what can't be handled is given up, and the shard goes on.

The emulator tries for ever, but for a DynamoDB stream's records that are too old. A throttled call is no
attempt. Of a batch, the first records that are too old are given up; AWS has 60 seconds as the least, here any
will do.
"""

from local.emulator.event_sources import pollers
from local.emulator.event_sources.switches import SWITCHES


def apply() -> None:
    """Count the retries of each batch, and look at the age of Kinesis records."""
    pollers.install()
    SWITCHES.retry_limit = True
