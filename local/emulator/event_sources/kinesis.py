"""Shards of Kinesis streams.

The emulator keeps an index into the records that are left, so that a consumer skips some whenever old ones are
removed. Here each shard counts what was removed from it.
"""

import base64
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from local.emulator.event_sources.shard import Key, Shard
from local.emulator.patching import module, wrap

REMOVED = "tallygate_removed"
"""The field in which a shard counts its removed records; it is kept with the emulator's state."""
COUNTING = threading.Lock()
"""Held while records are removed and counted: whoever reads must see both or neither."""


class KinesisShard(Shard):
    """A shard of a Kinesis stream."""

    kind = "KinesisBatchInfo"

    def stream(self) -> Any:  # noqa: ANN401
        """Return the emulator's record of the stream, None if it is not there or lost this shard."""
        stream = readable(self.emulator, self.stream_arn)
        return stream if stream and self.key.shard in stream["shards"] else None

    def position(self, mapping: dict[str, Any]) -> int:
        """Return the position of the first record that is not done, or where the mapping says to start."""
        known = self.emulator._kinesis_positions  # noqa: SLF001
        positions = known.setdefault(self.key.mapping, starts(self.stream(), mapping))
        return int(positions.setdefault(self.key.shard, 0))  # a shard that came later: all of it is new

    def read(self, position: int, limit: int) -> tuple[int, Sequence[dict[str, Any]]]:
        """Return records in the form in which functions get them, and the position of the first one."""
        shard = self.stream()["shards"][self.key.shard]
        with COUNTING:
            gone = removed(shard)
            offset = max(0, position - gone)
            records = shard["records"][offset : offset + limit]
        return gone + offset, [self._event(record) for record in records]

    def advance(self, position: int) -> None:
        """Remember that everything before `position` is done."""
        self.emulator._kinesis_positions.get(self.key.mapping, {})[self.key.shard] = position  # noqa: SLF001

    def _event(self, record: dict[str, Any]) -> dict[str, Any]:
        return {
            "kinesis": {
                "kinesisSchemaVersion": "1.0",
                "partitionKey": record["PartitionKey"],
                "sequenceNumber": record["SequenceNumber"],
                "data": as_base64(record["Data"]),
                "approximateArrivalTimestamp": record["ApproximateArrivalTimestamp"],
            },
            "eventSource": "aws:kinesis",
            "eventVersion": "1.0",
            "eventID": f"{self.key.shard}:{record['SequenceNumber']}",
            "eventName": "aws:kinesis:record",
            "invokeIdentityArn": f"arn:aws:iam::{self.key.account}:role/lambda-role",
            "awsRegion": self.key.region,
            "eventSourceARN": self.stream_arn,
        }


def shards(account: str, region: str, mapping: dict[str, Any]) -> Iterator[Shard]:
    """Yield the shards of a mapping's stream, nothing if it can't be read. Call it within the mapping's scope."""
    emulator = module("services.lambda_svc")
    stream = readable(emulator, mapping["EventSourceArn"])
    if stream and permitted(emulator, account, mapping):
        for shard in list(stream["shards"]):
            yield KinesisShard(Key(account, region, mapping["UUID"], shard), mapping["EventSourceArn"])


def readable(emulator: Any, arn: str) -> Any:  # noqa: ANN401
    """Return the emulator's record of the active stream of that ARN, else None."""
    spec = emulator.parse_arn(arn)
    name = emulator._kinesis_stream_name_from_arn_spec(spec)  # noqa: SLF001
    stream = module("services.kinesis")._streams.get_scoped(spec.account_id, spec.region, name)  # noqa: SLF001
    return stream if stream and stream["StreamARN"] == arn and stream["StreamStatus"] == "ACTIVE" else None


def permitted(emulator: Any, account: str, mapping: dict[str, Any]) -> bool:  # noqa: ANN401
    """Whether a mapping may read its stream: another account's asks its policy, as the emulator has it."""
    if emulator.parse_arn(mapping["EventSourceArn"]).account_id == account:
        return True
    function, _ = emulator._get_func_record_for_qualifier(mapping["FunctionName"], mapping.get("Qualifier"))  # noqa: SLF001
    blocked = emulator._cross_account_read_blocked  # noqa: SLF001
    return function is not None and not blocked(mapping["EventSourceArn"], function, mapping["FunctionName"])


def starts(stream: dict[str, Any], mapping: dict[str, Any]) -> dict[str, int]:
    """Return where a mapping starts in each shard of its stream."""
    return {shard_id: start(shard, mapping) for shard_id, shard in stream["shards"].items()}


def start(shard: dict[str, Any], mapping: dict[str, Any]) -> int:
    """Return where a mapping starts in one shard."""
    where, records = mapping.get("StartingPosition", "LATEST"), shard["records"]
    if where == "TRIM_HORIZON":
        return removed(shard)
    after = float(mapping.get("StartingPositionTimestamp") or 0) if where == "AT_TIMESTAMP" else float("inf")
    earlier = (index for index, record in enumerate(records) if record["ApproximateArrivalTimestamp"] >= after)
    return removed(shard) + next(earlier, len(records))


def as_base64(data: Any) -> str:  # noqa: ANN401
    """Return a record's data as the emulator's own poller does."""
    if isinstance(data, str):
        try:
            base64.b64decode(data, validate=True)
        except ValueError:
            data = data.encode()
        else:
            return data
    return base64.b64encode(data if isinstance(data, bytes) else str(data).encode()).decode("ascii")


def removed(shard: dict[str, Any]) -> int:
    """Return how many records the retention has removed from a shard."""
    return int(shard.get(REMOVED, 0))


def counting(expire: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
    """Wrap the emulator's removal of old records so that each shard counts them."""

    def expire_counted(stream: dict[str, Any]) -> None:
        with COUNTING:
            before = {shard_id: len(shard["records"]) for shard_id, shard in stream["shards"].items()}
            expire(stream)
            for shard_id, count in before.items():
                shard = stream["shards"][shard_id]
                if len(shard["records"]) < count:
                    shard[REMOVED] = removed(shard) + count - len(shard["records"])

    return expire_counted


def install() -> None:
    """Count what the retention removes, and let a mapping at LATEST start where the stream ends when it is made."""
    wrap(module("services.kinesis"), "_expire_records", counting)
    wrap(module("services.lambda_svc"), "_init_stream_position", anchored)


def anchored(init: Callable[..., None]) -> Callable[..., None]:
    """Wrap the emulator's choice of a first position: it knows DynamoDB's streams only."""

    def init_anchored(mapping_id: str, arn: str, starting: str) -> None:
        init(mapping_id, arn, starting)
        emulator = module("services.lambda_svc")
        if ":kinesis:" in arn and starting == "LATEST" and (stream := readable(emulator, arn)):
            emulator._kinesis_positions[mapping_id] = starts(stream, {"StartingPosition": starting})  # noqa: SLF001

    return init_anchored
