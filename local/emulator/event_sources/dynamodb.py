"""Streams of tables: the emulator has one shard for each, and keeps positions that survive its retention."""

from collections.abc import Iterator, Sequence
from typing import Any

from local.emulator.event_sources.shard import Key, Shard
from local.emulator.patching import module

SHARD = "shardId-00000000000000000000-00000000"
"""The shard of every table's stream, as the emulator's DescribeStream names it."""


class TableShard(Shard):
    """The stream of one table."""

    kind = "DDBStreamBatchInfo"

    def stream(self) -> Any:  # noqa: ANN401
        """Return the emulator's record of the table, None if this is not its stream any more."""
        return streaming(self.stream_arn)

    def position(self, mapping: dict[str, Any]) -> int:
        """Return the position of the first record that is not done, or where the mapping says to start."""
        known = self.emulator._dynamodb_stream_positions  # noqa: SLF001
        if self.key.mapping not in known:  # not made by a request: restored from a state without positions
            self.emulator._init_stream_position(  # noqa: SLF001
                self.key.mapping, self.stream_arn, mapping.get("StartingPosition", "LATEST")
            )
        return int(known[self.key.mapping])

    def read(self, position: int, limit: int) -> tuple[int, Sequence[dict[str, Any]]]:
        """Return records in the form in which functions get them, and the position of the first one."""
        tables, table = module("services.dynamodb"), table_name(self.stream_arn)
        position = max(position, tables.stream_start_position(table))
        return position, tables.stream_records_since(table, position, limit)

    def advance(self, position: int) -> None:
        """Remember that everything before `position` is done."""
        with self.emulator._dynamodb_stream_positions_lock:  # noqa: SLF001
            if self.key.mapping in self.emulator._dynamodb_stream_positions:  # noqa: SLF001
                self.emulator._dynamodb_stream_positions[self.key.mapping] = position  # noqa: SLF001


def shards(account: str, region: str, mapping: dict[str, Any]) -> Iterator[Shard]:
    """Yield the shard of a mapping's stream, nothing if it can't be read. Call it within the mapping's scope."""
    arn = mapping["EventSourceArn"]
    spec = module("services.lambda_svc").parse_arn(arn)
    if (spec.account_id, spec.region) == (account, region) and streaming(arn):
        yield TableShard(Key(account, region, mapping["UUID"], SHARD), arn)


def streaming(arn: str) -> Any:  # noqa: ANN401
    """Return the emulator's record of the table whose present stream has that ARN, else None."""
    table = module("services.dynamodb")._tables.get(table_name(arn))  # noqa: SLF001
    return table if table and table.get("LatestStreamArn") == arn else None


def table_name(arn: str) -> str:
    """Return the name in `arn:…:table/<name>/stream/<label>`."""
    return arn.split("/stream/", 1)[0].rsplit("/", 1)[-1]
