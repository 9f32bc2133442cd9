"""What every design is asked: begin a batch, count an item whose work is done, say how many are counted."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from botocore.exceptions import ClientError
from mypy_boto3_dynamodb import DynamoDBClient

TRIES = 30
"""Of a write that others' writes disturb; then the message goes back to its queue."""


class GaveUp(Exception):
    """Too many others write at the same time: let the queue deliver the message again."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What a design works with, simulated or real.

    Parameters
    ----------
    client : DynamoDBClient
        With the SDK's retries.
    table : str
        With keys `pk` and `sk`.
    batch : str
    items : int
        How many the batch has.
    backoff : callable
        Waits before try number n (from 0), with full jitter.
    """

    client: DynamoDBClient
    table: str
    batch: str
    items: int
    backoff: Callable[[int], None]


class Design(ABC):
    """One way to count."""

    name: ClassVar[str]
    polled: ClassVar[bool] = False
    """Whether somebody has to ask `finished`, because `count` can't tell."""
    transacted: ClassVar[int] = 1
    """How many items its transactions write, if it has any."""

    def __init__(self, setting: Setting) -> None:
        self._client = setting.client
        self._table = setting.table
        self._items = setting.items
        self._backoff = setting.backoff
        self._pk = {"S": f"batch#{setting.batch}"}
        self._key: dict[str, Any] = {"pk": self._pk, "sk": {"S": "state"}}

    def start(self) -> None:
        """Before any item is sent. Put whole, so that a try whose answer was lost may be repeated."""
        self._client.put_item(TableName=self._table, Item=self._key | {"counted": {"N": "0"}})

    @abstractmethod
    def count(self, item: str) -> bool:
        """Count an item whose work is done; may be called again for the same. True: the batch is finished.

        Raises
        ------
        GaveUp, ClientError, BotoCoreError
            The queue delivers the message again.
        """

    def total(self) -> int:
        """How many are counted."""
        return int(self._state()["counted"]["N"])

    def finished(self) -> bool:
        """Whether all are counted, as somebody sees who asks."""
        return self.total() >= self._items

    def _state(self) -> dict[str, Any]:
        return self._client.get_item(TableName=self._table, Key=self._key, ConsistentRead=True)["Item"]


def code(exc: ClientError) -> str:
    return str(exc.response["Error"]["Code"])


def reasons(exc: ClientError) -> list[str]:
    """Why a transaction was cancelled, a code for each of its writes; empty for another error."""
    return [reason["Code"] for reason in exc.response.get("CancellationReasons", [])]
