"""Where records go that are given up: the mapping's on-failure destination, a queue or a topic.

The message names the records, by shard and sequence numbers, and does not hold them.
"""

import hashlib
import json
import logging
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local.emulator.event_sources.batch import Batch
from local.emulator.patching import module

EXHAUSTED = "RetryAttemptsExhausted"
TOO_OLD = "MaxRecordAgeExceeded"
logger = logging.getLogger("lambda")


@dataclass(frozen=True, slots=True)
class Discarded:
    """A batch that is given up, for the reason `condition`; `error` is that of the last call, empty without one."""

    batch: Batch
    condition: str
    kind: str
    """`KinesisBatchInfo` or `DDBStreamBatchInfo`."""
    shard: str
    stream_arn: str
    function_arn: str
    error: str

    def message(self) -> dict[str, Any]:
        """Return the message's body as AWS words it."""
        first, last = self.batch.entries[0], self.batch.entries[-1]
        answered = {"statusCode": 200, "executedVersion": "$LATEST"}
        return {
            "requestContext": {
                "requestId": str(uuid.uuid4()),
                "functionArn": self.function_arn,
                "condition": self.condition,
                "approximateInvokeCount": self.batch.tries,
            },
            **({"responseContext": answered | {"functionError": self.error}} if self.error else {}),
            "version": "1.0",
            "timestamp": iso(time.time()),
            self.kind: {
                "shardId": self.shard,
                "startSequenceNumber": first.sequence,
                "endSequenceNumber": last.sequence,
                "approximateArrivalOfFirstRecord": iso(first.arrived),
                "approximateArrivalOfLastRecord": iso(last.arrived),
                "batchSize": len(self.batch.entries),
                "streamArn": self.stream_arn,
            },
        }


def iso(seconds: float) -> str:
    """Return `2019-11-14T00:38:06.021Z`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def send(destination: str, message: Mapping[str, Any]) -> None:
    """Send to the queue or topic of that ARN; one that is not there is reported in the emulator's log."""
    body = json.dumps(message)
    queues, topics = module("services.sqs"), module("services.sns")
    if (queue := queues._queue_by_arn(destination)) is not None:  # noqa: SLF001
        queue["messages"].append(queued(body, queues.queue_delay(queue)))
        module("core.concurrency").esm_wake.set()
    elif ":sns:" in destination:
        topics._fanout(destination, str(uuid.uuid4()), body, "Lambda ESM failure", "", {})  # noqa: SLF001
    else:
        logger.error("ESM: there is no destination %s for %s", destination, body)


def queued(body: str, delay: int) -> dict[str, Any]:
    """Return a message as the emulator's queues keep it."""
    now = time.time()
    return {
        "id": str(uuid.uuid4()),
        "body": body,
        "md5_body": hashlib.md5(body.encode(), usedforsecurity=False).hexdigest(),
        "md5_attrs": "",
        "receipt_handle": None,
        "sent_at": now,
        "visible_at": now + delay,
        "receive_count": 0,
        "first_receive_at": None,
        "message_attributes": {},
        "sys": {"SenderId": "lambda", "SentTimestamp": str(int(now * 1000))},
        **dict.fromkeys(("group_id", "dedup_id", "dedup_cache_key", "seq")),
    }
