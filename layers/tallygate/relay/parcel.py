"""A bell that is ready to be sent."""

import msgspec

from tallygate.relay.bell import Bell, dump_bell
from tallygate.relay.transport import MAX_RECORD_BYTES, WireRecord


class Parcel(msgspec.Struct, frozen=True):
    """A bell, its bytes, and where it came from.

    Parameters
    ----------
    bell : Bell
    record : WireRecord
    sequence_number : str
        Of the table's stream, not of the transport's.
    """

    bell: Bell
    record: WireRecord
    sequence_number: str


def pack(bell: Bell, sequence_number: str) -> Parcel:
    """The bell as a record; without its item where that has no form in JSON, or is larger than a record may be."""
    try:
        record = WireRecord(bell.stream, dump_bell(bell))
    except (TypeError, ValueError):
        return pack(bell.pointer, sequence_number)
    if record.size > MAX_RECORD_BYTES:
        return pack(bell.pointer, sequence_number)
    return Parcel(bell, record, sequence_number)
