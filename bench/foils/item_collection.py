"""Option 6: an item collection. Each item puts a record under a key of its own; to count is to query them all.

Right under every fault: the same put twice is one record. No write tells that it is the last, so somebody has to poll,
and every poll reads all that is there. The records of a batch share a partition key, which takes 1,000 units a second.
"""

from typing import Any, ClassVar

from bench.foils.design import Design


class ItemCollection(Design):
    name: ClassVar[str] = "6 item collection"
    polled: ClassVar[bool] = True

    def start(self) -> None:
        """Nothing to prepare: the number of items is known to whoever polls."""

    def count(self, item: str) -> bool:
        self._client.put_item(TableName=self._table, Item={"pk": self._pk, "sk": {"S": f"item#{item}"}})
        return False

    def total(self) -> int:
        return self._counted(consistent=True)

    def finished(self) -> bool:
        """Records never go away, so that an eventually consistent read, at half the price, can only see too few."""
        return self._counted(consistent=False) >= self._items

    def _counted(self, *, consistent: bool) -> int:
        counted = 0
        page: dict[str, Any] = {}
        while True:
            answer: Any = self._client.query(
                TableName=self._table,
                KeyConditionExpression="pk = :pk AND begins_with(sk, :item)",
                ExpressionAttributeValues={":pk": self._pk, ":item": {"S": "item#"}},
                Select="COUNT",
                ConsistentRead=consistent,
                **page,
            )
            counted += int(answer["Count"])
            if "LastEvaluatedKey" not in answer:
                return counted
            page = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
