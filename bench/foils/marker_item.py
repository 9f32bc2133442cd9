"""Option 5: a transaction that puts a marker for the item, if there is none, and adds one to the count.

Right under every fault: whatever comes again finds the marker. Transactions on one record exclude each other, so that
at high concurrency most of them are cancelled and tried again, at four units a try.
"""

from typing import ClassVar

from botocore.exceptions import ClientError

from bench.foils.design import TRIES, Design, GaveUp, reasons


class MarkerItem(Design):
    name: ClassVar[str] = "5 transaction, marker item"
    transacted: ClassVar[int] = 2

    def count(self, item: str) -> bool:
        for attempt in range(TRIES):
            if self._written(item):
                return self.finished()
            self._backoff(attempt)
        raise GaveUp(item)

    def _written(self, item: str) -> bool:
        """Whether the item is counted, by this transaction or by one before; else it was in another's way."""
        add = {
            "TableName": self._table,
            "Key": self._key,
            "UpdateExpression": "ADD counted :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }
        marker = {
            "TableName": self._table,
            "Item": {"pk": {"S": f"{self._pk['S']}#{item}"}, "sk": {"S": "marker"}},  # a partition of its own
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        try:
            self._client.transact_write_items(TransactItems=[{"Put": marker}, {"Update": add}])  # type: ignore[typeddict-item]
        except ClientError as exc:
            if "ConditionalCheckFailed" in reasons(exc):
                return True
            if "TransactionConflict" not in reasons(exc):
                raise
            return False
        return True
