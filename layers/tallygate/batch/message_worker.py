"""An adapter for workers that exist already: a handler of SQS events, one item per message, becomes a `Worker`.

What can be called is adapted: a Python function here, a Lambda function of any language through
`lambda_caller.invoking`. A worker that polls a queue of its own and can't be called is not adapted, on purpose. It
would need a message for each item, a done marker put by the worker for each item, and a chunk worker that waits, paid
for, until all the markers are there: some 5 requests and one write for each item, which is the scheme that this batch
replaces; and without that marker (the worker would have to be changed to put it) nobody can know that an item is done.
Whoever can change it enough to put a marker can let it be called: move what handles one message into a function, and
give that to `message_worker`; or run `python -m tallygate.batch work` with it, where the old poller ran.
"""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from tallygate.batch.worker import Context, Item, Worker, id_column
from tallygate.deadline import full_jitter
from tallygate.errors import TallygateError, TransientError

Handler = Callable[[dict[str, Any], Any], Any]
_BASE_SECONDS, _CAP_SECONDS = 0.1, 2.0
ARN = "arn:aws:sqs:us-east-1:000000000000:tallygate-items"  # of no queue: handlers that look at it are rare


class HandlerRefused(TallygateError):
    """The handler reported its one message as failed (`batchItemFailures`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LambdaContext:
    """What handlers look at most often in Lambda's second argument. A handler that needs more is given its own."""

    aws_request_id: str
    function_name: str
    function_version: str = "$LATEST"
    memory_limit_in_mb: int = 256
    invoked_function_arn: str = ""

    def get_remaining_time_in_millis(self) -> int:
        """Time enough: the chunk's worker keeps the time, and an item that hangs is left behind."""
        return 60_000


def body_of(item: Item) -> str:
    """The default body: the item's data as JSON."""
    return json.dumps(dict(item.data))


def message_worker(
    *,
    name: str,
    handler: Handler,
    body: Callable[[Item], str] = body_of,
    tries: int = 1,
    retry: Callable[[Exception], bool] = lambda _: False,
    item_id: Callable[[Mapping[str, Any]], str] = id_column,
    columns: tuple[str, ...] = ("id",),
    pause: Callable[[float], None] = time.sleep,
) -> Worker:
    """A worker whose items are handled by an existing handler of SQS events.

    The handler gets one record at a time, several at once in threads, as many as the batch's `item_concurrency`. It
    returns normally: the item is ok. It raises, or names the message in `batchItemFailures`: the item is failed.

    Parameters
    ----------
    handler : callable
        `(event, context)`, as in Lambda.
    body : callable
        The message's body for an item.
    tries : int
        How often an item is handled before it is failed: what `maxReceiveCount` was.
    retry : callable
        Tells errors after which the item is tried for as long as the batch lasts, as with `TransientError`.
    item_id, columns
        As for `Worker`.

    Raises
    ------
    ValueError
        `tries` is less than 1.
    """
    if tries < 1:
        raise ValueError(f"tries is {tries}, expected 1 or more")

    def process(item: Item, context: Context) -> None:
        for number in range(1, tries + 1):
            try:
                _handle(handler, event(item, context, body(item), number), name)
            except TransientError:
                raise
            except Exception as exc:
                if retry(exc):
                    raise TransientError(f"{type(exc).__name__}: {exc}") from exc
                if number == tries:
                    raise
                pause(full_jitter(number, base=_BASE_SECONDS, cap=_CAP_SECONDS))
            else:
                return

    return Worker(name=name, process=process, item_id=item_id, columns=columns)


def message_id(context: Context) -> str:
    """The message's id: of the batch and the item, the same on every try, so that a handler may deduplicate by it."""
    return str(uuid5(NAMESPACE_URL, f"tallygate:{context.key}"))


def event(item: Item, context: Context, body: str, received: int = 1) -> dict[str, Any]:
    """An SQS event of one record, as Lambda's event source makes it."""
    id, sent = message_id(context), str(int(context.since.timestamp() * 1000))
    told = {"batch": context.batch, "item": item.id, "key": context.key}
    record = {
        "messageId": id,
        "receiptHandle": id,  # of nothing: there is no queue to delete it from
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": str(received),
            "SentTimestamp": sent,
            "SenderId": "tallygate",
            "ApproximateFirstReceiveTimestamp": sent,
        },
        "messageAttributes": {
            attribute: {"stringValue": value, "stringListValues": [], "binaryListValues": [], "dataType": "String"}
            for attribute, value in told.items()
        },
        "md5OfBody": hashlib.md5(body.encode(), usedforsecurity=False).hexdigest(),
        "eventSource": "aws:sqs",
        "eventSourceARN": ARN,
        "awsRegion": ARN.split(":")[3],
    }
    return {"Records": [record]}


def _handle(handler: Handler, event: dict[str, Any], name: str) -> None:
    id = event["Records"][0]["messageId"]
    answer = handler(event, LambdaContext(aws_request_id=id, function_name=name))
    # There is one message: whichever id is named, and be it none, it is meant (so Lambda's event source takes it).
    failures = answer.get("batchItemFailures") if isinstance(answer, Mapping) else None
    if failures:
        raise HandlerRefused(f"the handler of {name} reported the message as failed")
