"""DestinationConfig.OnFailure: what is given up is told to a queue or a topic.

The emulator does so only for a DynamoDB stream's records that are too old; with a limit of retries, and for
Kinesis, they would be given up without a trace. Of AWS's destinations a bucket is not imitated.
"""

from local.emulator.event_sources import pollers
from local.emulator.event_sources.switches import SWITCHES


def apply() -> None:
    """Send what is given up, whatever the stream and the reason."""
    pollers.install()
    SWITCHES.on_failure = True
