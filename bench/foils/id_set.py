"""Option 7: a set of the ids that are counted, in the same record as the count.

One conditional write an item, and right under every fault while the record fits: an item may have 400 KB. Every write
costs by the whole record, so that the cost of a batch grows with the square of its size.
"""

from typing import Any, ClassVar

from botocore.exceptions import ClientError

from bench.foils.design import Design, code


class IdSet(Design):
    name: ClassVar[str] = "7 set of ids"

    def count(self, item: str) -> bool:
        values: dict[str, Any] = {":one": {"N": "1"}, ":ids": {"SS": [item]}, ":id": {"S": item}}
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=self._key,
                UpdateExpression="ADD counted :one, ids :ids",
                ConditionExpression="NOT contains(ids, :id)",
                ExpressionAttributeValues=values,
                ReturnValues="UPDATED_NEW",  # the whole set travels back, but costs no read units
            )
        except ClientError as exc:
            if code(exc) != "ConditionalCheckFailedException":
                raise
            return self.finished()
        return int(answer["Attributes"]["counted"]["N"]) >= self._items
