"""The in-memory twin of the transport."""

from collections.abc import Mapping, Sequence

from tallygate.errors import InvalidInput
from tallygate.relay.transport import MAX_RECORD_BYTES, MAX_RECORDS, MAX_REQUEST_BYTES, WireRecord


class MemoryTransport:
    """One shard, in a list: `records`, in the order in which they came."""

    def __init__(self) -> None:
        self.records: list[WireRecord] = []

    def put(self, records: Sequence[WireRecord]) -> Mapping[int, str]:
        """See `Transport.put`. Raises `InvalidInput` beyond Kinesis' limits, as Kinesis does."""
        sizes = [record.size for record in records]
        if not 1 <= len(records) <= MAX_RECORDS or max(sizes) > MAX_RECORD_BYTES or sum(sizes) > MAX_REQUEST_BYTES:
            raise InvalidInput(
                f"{len(records)} records of {sum(sizes)} bytes, the largest of {max(sizes, default=0)}: "
                "split them with `fitting`, and send a pointer for one that is too large"
            )
        self.records.extend(records)
        return {}
