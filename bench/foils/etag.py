"""Option 2: optimistic concurrency. Read the count, write it back on condition that nobody else has written.

The item's id is the etag, so that a worker whose answer was lost finds its own etag there, unless somebody else has
written since: then its write looks like a conflict, and the item is counted twice.
"""

from typing import ClassVar

from botocore.exceptions import ClientError

from bench.foils.design import TRIES, Design, GaveUp, code


class ETag(Design):
    name: ClassVar[str] = "2 optimistic, by etag"

    def count(self, item: str) -> bool:
        for attempt in range(TRIES):
            state = self._state()
            seen = state.get("etag", {}).get("S", "")
            if seen == item:
                return int(state["counted"]["N"]) >= self._items
            counted = int(state["counted"]["N"]) + 1
            if self._written(item, seen, counted):
                return counted >= self._items
            self._backoff(attempt)
        raise GaveUp(item)

    def _written(self, item: str, seen: str, counted: int) -> bool:
        values = {":counted": {"N": str(counted)}, ":item": {"S": item}}
        try:
            self._client.update_item(
                TableName=self._table,
                Key=self._key,
                UpdateExpression="SET counted = :counted, etag = :item",
                ConditionExpression="etag = :seen" if seen else "attribute_not_exists(etag)",
                ExpressionAttributeValues=values | ({":seen": {"S": seen}} if seen else {}),
            )
        except ClientError as exc:
            if code(exc) != "ConditionalCheckFailedException":
                raise
            return False
        return True
