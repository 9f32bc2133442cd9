"""Option 1: an atomic counter. One write an item, and the last one sees that it is the last.

The SDK can't know whether a write without an answer has landed; it sends `ADD` again, and the item is counted twice.
"""

from typing import ClassVar

from bench.foils.design import Design


class AtomicCounter(Design):
    name: ClassVar[str] = "1 atomic counter"

    def count(self, item: str) -> bool:
        answer = self._client.update_item(
            TableName=self._table,
            Key=self._key,
            UpdateExpression="ADD counted :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
            ReturnValues="UPDATED_NEW",
        )
        return int(answer["Attributes"]["counted"]["N"]) >= self._items
