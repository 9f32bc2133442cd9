"""The composition root of the relay."""

from tallygate.relay.kinesis import KinesisTransport
from tallygate.relay.relay import Relay
from tallygate.settings import RelaySettings


def relay(settings: RelaySettings) -> Relay:
    """The relay on AWS."""
    return Relay(KinesisTransport(settings.commit_stream))
