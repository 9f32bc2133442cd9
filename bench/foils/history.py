"""Option 3: optimistic concurrency with history. The record also holds the ids of the last items counted.

A worker whose answer was lost finds its id in the history, however many have written since, as long as they are fewer
than the history is long. A message that comes again later than that is counted twice. A longer history makes every
write dearer.
"""

from typing import Any, ClassVar

from botocore.exceptions import ClientError

from bench.foils.design import TRIES, Design, GaveUp, code

LENGTH = 100


class History(Design):
    name: ClassVar[str] = f"3 optimistic, history of {LENGTH}"

    def start(self) -> None:
        state = {"counted": {"N": "0"}, "history": {"L": []}}
        self._client.put_item(TableName=self._table, Item=self._key | state)

    def count(self, item: str) -> bool:
        for attempt in range(TRIES):
            state = self._state()
            counted, history = int(state["counted"]["N"]), [one["S"] for one in state["history"]["L"]]
            if item in history:
                return counted >= self._items
            if self._written(counted, [*history, item][-LENGTH:]):
                return counted + 1 >= self._items
            self._backoff(attempt)
        raise GaveUp(item)

    def _written(self, seen: int, history: list[str]) -> bool:
        values: dict[str, Any] = {
            ":counted": {"N": str(seen + 1)},
            ":history": {"L": [{"S": one} for one in history]},
            ":seen": {"N": str(seen)},
        }
        try:
            self._client.update_item(
                TableName=self._table,
                Key=self._key,
                UpdateExpression="SET counted = :counted, history = :history",
                ConditionExpression="counted = :seen",  # it only grows: as good as a version
                ExpressionAttributeValues=values,
            )
        except ClientError as exc:
            if code(exc) != "ConditionalCheckFailedException":
                raise
            return False
        return True
