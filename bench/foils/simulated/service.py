"""What stands for boto3's client: the same calls, over a wire that fails, with the SDK's retries.

A fault before the call is a 500; a lost answer is a closed connection, after the call has taken effect.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from botocore.exceptions import ClientError, ConnectionClosedError

from bench.foils.simulated.errors import refusal
from bench.foils.simulated.table import Table
from local.simulation import Kind, Scheduler, Verdict

ATTEMPTS = 4
"""In total: botocore's `standard` mode for DynamoDB."""
SECONDS = (0.004, 0.012)
"""There and back."""
FIRST_PAUSE, FIRST_PAUSE_THROTTLED, LONGEST_PAUSE = 0.05, 1.0, 20.0
_THROTTLED = {"ThrottlingException", "TransactionInProgressException"}


class DynamoDB:
    """A client of one table.

    Parameters
    ----------
    scheduler : Scheduler
    table : Table

    Attributes
    ----------
    calls : Counter
        Requests on the wire by operation, the SDK's retries included.
    retries : int
        How many of them were sent by the SDK after a fault or a throttled call.
    """

    def __init__(self, scheduler: Scheduler, table: Table) -> None:
        self.calls: Counter[str] = Counter()
        self.retries = 0
        self._scheduler = scheduler
        self._table = table

    def get_item(self, **request: Any) -> dict[str, Any]:
        return self._call("GetItem", Kind.READ, lambda: self._table.get_item(request))

    def query(self, **request: Any) -> dict[str, Any]:
        return self._call("Query", Kind.READ, lambda: self._table.query(request))

    def put_item(self, **request: Any) -> dict[str, Any]:
        return self._call("PutItem", Kind.WRITE, lambda: self._table.put_item(request))

    def update_item(self, **request: Any) -> dict[str, Any]:
        return self._call("UpdateItem", Kind.WRITE, lambda: self._table.update_item(request))

    def transact_write_items(self, **request: Any) -> dict[str, Any]:
        token = request.setdefault("ClientRequestToken", f"{self._scheduler.dice.share()}")  # as boto3 does
        assert token
        return self._call("TransactWriteItems", Kind.WRITE, lambda: self._table.transact_write_items(request))

    def _call(self, operation: str, kind: Kind, act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        for attempt in range(ATTEMPTS - 1):
            try:
                return self._send(operation, kind, act)
            except (ClientError, ConnectionClosedError) as exc:
                first = _first_pause(exc)
                if first is None:
                    raise
            self.retries += 1
            longest = min(LONGEST_PAUSE, first * 2.0**attempt)
            self._scheduler.sleep(self._scheduler.dice.between(0, longest), f"{operation}, again soon")
        return self._send(operation, kind, act)

    def _send(self, operation: str, kind: Kind, act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        self._scheduler.sleep(self._scheduler.dice.between(*SECONDS), operation)
        verdict = self._scheduler.pause(operation, kind)
        self.calls[operation] += 1
        if verdict is Verdict.REFUSED:
            raise refusal("InternalServerError", operation)
        if verdict is Verdict.GO:
            return act()
        with suppress(ClientError):  # also a refusal can get lost
            act()
        raise ConnectionClosedError(endpoint_url="simulated")


def _first_pause(exc: ClientError | ConnectionClosedError) -> float | None:
    """Seconds before the first retry, at most; None where the error is an answer."""
    if not isinstance(exc, ClientError):
        return FIRST_PAUSE
    if exc.response["Error"]["Code"] in _THROTTLED:
        return FIRST_PAUSE_THROTTLED
    return FIRST_PAUSE if exc.response["ResponseMetadata"]["HTTPStatusCode"] >= 500 else None
