"""Request units, as DynamoDB Local reports them for every call of a client."""

from collections import Counter
from typing import Any, cast

from mypy_boto3_dynamodb import DynamoDBClient

_WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"})


class Units:
    """Asks for the consumed capacity of each call of a client and adds it up.

    Attributes
    ----------
    calls : Counter
        By operation. A failed condition reports no units and is counted as a call only.
    """

    def __init__(self, client: DynamoDBClient) -> None:
        self.read = self.write = 0.0
        self.calls: Counter[str] = Counter()
        client.meta.events.register("provide-client-params.dynamodb.*", cast("Any", _ask))
        client.meta.events.register("after-call.dynamodb.*", self._note)

    def reset(self) -> None:
        """Begin anew."""
        self.read = self.write = 0.0
        self.calls.clear()

    def _note(self, model: Any, parsed: dict[str, Any], **_: object) -> None:
        self.calls[model.name] += 1
        units = float(parsed.get("ConsumedCapacity", {}).get("CapacityUnits", 0))
        if model.name in _WRITES:
            self.write += units
        else:
            self.read += units


def _ask(params: dict[str, Any], model: Any, **_: object) -> dict[str, Any]:
    if "ReturnConsumedCapacity" in model.input_shape.members:
        return params | {"ReturnConsumedCapacity": "TOTAL"}
    return params
