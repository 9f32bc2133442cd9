"""A table that answers as DynamoDB does, for the operations that the designs and Tallygate's adapters use.

Passive: a call takes effect at once, at the time that the clock gives. tests/bench/test_foils_table.py holds it
against DynamoDB Local.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.foils.simulated.errors import refusal
from bench.foils.simulated.expressions import condition, updates
from bench.foils.simulated.hot_key import HotKeys
from bench.foils.simulated.item import MAX_BYTES, Item
from bench.foils.simulated.values import Wire, from_wire
from local.emulator.meter.units import read_units

Request = Mapping[str, Any]
Key = tuple[str, str]
PAGE_BYTES = 1024 * 1024
TOKEN_SECONDS = 600.0
TRANSACTION_SECONDS = 0.010  # how long a transaction holds its items: an assumption; two rounds within a region
NOTHING = Item()


@dataclass
class Consumed:
    """What the table has served and what it would bill.

    Attributes
    ----------
    write, read : float
        Units, also of writes whose condition failed.
    refused : Counter
        Calls that had no effect, by error code.
    """

    write: float = 0.0
    read: float = 0.0
    refused: Counter[str] = field(default_factory=Counter)


class Table:
    """Items by `pk` and `sk`, both text.

    Parameters
    ----------
    now : callable
        Seconds.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self.consumed = Consumed()
        self._now = now
        self._items: dict[str, dict[str, Item]] = {}
        self._hot = HotKeys()
        self._held: dict[Key, float] = {}  # by a transaction, until then
        self._tokens: dict[str, tuple[float, Request]] = {}

    # ---- operations: a request as boto3's client takes it, an answer as it gives it

    def get_item(self, request: Request) -> dict[str, Any]:
        item = self._find(_key(request["Key"]))
        self.consumed.read += read_units(item.bytes, consistent=request.get("ConsistentRead", False))
        return {"Item": item.to_wire()} if item is not NOTHING else {}

    def put_item(self, request: Request) -> dict[str, Any]:
        key, after = _key(request["Item"]), Item(request["Item"])
        self._not_held(key, "PutItem")
        before = self._find(key)
        self._charge(key, _units(before.bytes, after.bytes), "PutItem")
        self._check(request, before, "PutItem")
        _fits(after.bytes, "PutItem")
        self._store(key, after)
        return {}

    def update_item(self, request: Request) -> dict[str, Any]:
        key = _key(request["Key"])
        self._not_held(key, "UpdateItem")
        before = self._find(key)
        grown = _grown(before, request)
        self._charge(key, _units(before.bytes, grown), "UpdateItem")
        self._check(request, before, "UpdateItem")
        _fits(grown, "UpdateItem")
        item, names = self._apply(key, request)
        returns = request.get("ReturnValues", "NONE")
        if returns == "NONE":
            return {}
        return {"Attributes": item.to_wire(None if returns == "ALL_NEW" else names)}

    def query(self, request: Request) -> dict[str, Any]:
        values = _values(request)
        holds = condition(request["KeyConditionExpression"])
        after = _key(request["ExclusiveStartKey"])[1] if "ExclusiveStartKey" in request else ""
        found: list[Item] = []
        size = 0
        partition = self._items.get(values[":pk"], {})
        more = False
        for sk in sorted(partition):
            item = partition[sk]
            if sk <= after or not holds(item.attributes, values):
                continue
            if size + item.bytes > PAGE_BYTES:
                more = True
                break
            found.append(item)
            size += item.bytes
        self.consumed.read += read_units(size, consistent=request.get("ConsistentRead", False))
        answer: dict[str, Any] = {"Count": len(found), "ScannedCount": len(found)}
        if request.get("Select") != "COUNT":
            answer["Items"] = [item.to_wire() for item in found]
        return answer | ({"LastEvaluatedKey": found[-1].to_wire(("pk", "sk"))} if more else {})

    def transact_write_items(self, request: Request) -> dict[str, Any]:
        token = request.get("ClientRequestToken", "")
        if self._repeats(token, request):
            return {}
        writes = [(verb, write) for part in request["TransactItems"] for verb, write in part.items()]
        keys = [_key(write["Key" if verb == "Update" else "Item"]) for verb, write in writes]
        for key, (verb, write) in zip(keys, writes, strict=True):
            self._charge(key, 2 * self._units_of(key, verb, write), "TransactWriteItems")
        reasons = [self._reason(key, write) for key, (_, write) in zip(keys, writes, strict=True)]
        if any(reason != "None" for reason in reasons):
            self.consumed.refused["+".join(sorted(set(reasons) - {"None"}))] += 1
            raise refusal(
                "TransactionCanceledException",
                "TransactWriteItems",
                f"[{', '.join(reasons)}]",
                CancellationReasons=[{"Code": reason} for reason in reasons],
            )
        for key, (verb, write) in zip(keys, writes, strict=True):
            self._held[key] = self._now() + TRANSACTION_SECONDS
            if verb == "Update":
                self._apply(key, write)
            else:
                self._store(key, Item(write["Item"]))
        if token:
            self._tokens[token] = (self._now(), request["TransactItems"])
        return {}

    # ---- how

    def peek(self, pk: str) -> Iterator[tuple[str, Item]]:
        """Items of a partition, for a judge: nothing is charged."""
        yield from self._items.get(pk, {}).items()

    def _find(self, key: Key) -> Item:
        return self._items.get(key[0], {}).get(key[1], NOTHING)

    def _store(self, key: Key, item: Item) -> None:
        self._items.setdefault(key[0], {})[key[1]] = item

    def _charge(self, key: Key, units: float, operation: str) -> None:
        try:
            self._hot.take(key[0], units, now=self._now(), operation=operation)
        except Exception:
            self.consumed.refused["ThrottlingException"] += 1
            raise
        self.consumed.write += units

    def _not_held(self, key: Key, operation: str) -> None:
        if self._now() < self._held.get(key, 0.0):
            self.consumed.refused["TransactionConflict"] += 1
            raise refusal("TransactionConflictException", operation)

    def _check(self, request: Request, before: Item, operation: str) -> None:
        if condition(request.get("ConditionExpression", ""))(before.attributes, _values(request)):
            return
        self.consumed.refused["ConditionalCheckFailed"] += 1
        asked = request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and before is not NOTHING
        standing: dict[str, Any] = {"Item": before.to_wire()} if asked else {}
        raise refusal("ConditionalCheckFailedException", operation, **standing)

    def _apply(self, key: Key, request: Request) -> tuple[Item, list[str]]:
        item = self._find(key)
        if item is NOTHING:
            item = Item({"pk": {"S": key[0]}, "sk": {"S": key[1]}})
            self._store(key, item)
        values, names = _values(request), []
        parsed = updates(request["UpdateExpression"])
        operands = [one.operand(item.attributes, values) for one in parsed]  # of the item before the update
        for one, operand in zip(parsed, operands, strict=True):
            (item.set if one.verb == "SET" else item.add)(one.name, operand)
            names.append(one.name)
        return item, names

    def _units_of(self, key: Key, verb: str, write: Request) -> float:
        before = self._find(key)
        return _units(before.bytes, _grown(before, write) if verb == "Update" else Item(write["Item"]).bytes)

    def _reason(self, key: Key, write: Request) -> str:
        if self._now() < self._held.get(key, 0.0):
            return "TransactionConflict"
        holds = condition(write.get("ConditionExpression", ""))
        return "None" if holds(self._find(key).attributes, _values(write)) else "ConditionalCheckFailed"

    def _repeats(self, token: str, request: Request) -> bool:
        at, before = self._tokens.get(token, (-math.inf, request["TransactItems"]))
        if not token or self._now() - at >= TOKEN_SECONDS:
            return False
        if before != request["TransactItems"]:
            raise refusal("IdempotentParameterMismatchException", "TransactWriteItems")
        self.consumed.read += 2 * len(before)  # it is told again from what stands there
        return True


def _key(wire: Wire) -> Key:
    return wire["pk"]["S"], wire["sk"]["S"]


def _values(request: Request) -> dict[str, Any]:
    return {name: from_wire(value) for name, value in request.get("ExpressionAttributeValues", {}).items()}


def _units(before: int, after: int) -> float:
    return float(max(1, math.ceil(max(before, after) / 1024)))


def _grown(before: Item, request: Request) -> int:
    """The item's size after an update, as far as it can be told without carrying it out: at least what it will be."""
    trial = Item()
    if before is NOTHING:
        for name, text in zip(("pk", "sk"), _key(request["Key"]), strict=True):
            trial.set(name, text)
    size, values = before.bytes, _values(request)
    for one in updates(request["UpdateExpression"]):
        operand = one.operand(before.attributes, values)
        standing = before.attributes.get(one.name)
        if one.verb == "ADD" and isinstance(operand, set) and standing is not None:
            trial.set(one.name, operand - standing)
            size -= len(one.name)
        else:
            old = Item()
            if standing is not None:
                old.set(one.name, standing)
            added = operand + standing if one.verb == "ADD" and standing is not None else operand
            trial.set(one.name, added)
            size -= old.bytes
    return size + trial.bytes


def _fits(size: int, operation: str) -> None:
    if size > MAX_BYTES:
        raise refusal("ValidationException", operation, "Item size to update has exceeded the maximum allowed size")
