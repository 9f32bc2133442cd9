"""The port: what carries bells to their readers."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

# Kinesis' limits on one call, partition keys included (API reference of PutRecords). A stream takes records of 1 MiB
# unless it is set to take larger ones (`MaxRecordSizeInKiB`). A request may have 10 MiB by the model of botocore 1.44,
# 5 MiB by that of older ones, and 5 MiB are plenty: Lambda hands the relay at most 6 MB at a time.
MAX_RECORDS = 500
MAX_RECORD_BYTES = 1024 * 1024
MAX_REQUEST_BYTES = 5 * 1024 * 1024


class WireRecord(msgspec.Struct, frozen=True):
    """A record as it is sent.

    Parameters
    ----------
    partition_key : str
        The stream's id, ASCII: records with the same key keep their order.
    data : bytes
        See `dump_bell`.
    """

    partition_key: str
    data: bytes

    @property
    def size(self) -> int:
        """Bytes that count toward the limits."""
        return len(self.partition_key) + len(self.data)


class Transport(Protocol):
    """Takes records; delivers each at least once to every reader."""

    def put(self, records: Sequence[WireRecord]) -> Mapping[int, str]:
        """Send records in one call.

        Parameters
        ----------
        records : sequence of WireRecord
            Within the limits above, at least one.

        Returns
        -------
        mapping of int to str
            Which were refused, by index, and why; each may be sent again. All others are kept.

        Raises
        ------
        Unavailable
            No answer: each of them may have been kept or not.
        """
        ...


def fitting(records: Sequence[WireRecord]) -> int:
    """How many of the first records go into one call: at least one, if there is one."""
    size = 0
    for count, record in enumerate(records[:MAX_RECORDS]):
        size += record.size
        if size > MAX_REQUEST_BYTES:
            return max(count, 1)
    return min(len(records), MAX_RECORDS)
