"""`dynamodb:LeadingKeys`: the partition keys that a request names are known to its condition.

So a policy may permit some partitions of a table and no others. The emulator doesn't tell the key, and a condition with
`ForAllValues` holds where there is nothing: such a policy permits all of them.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

from local.emulator.patching import module, wrap

Context = Callable[[bytes], dict[str, Any]]


def with_leading_keys(context: Context) -> Context:
    """Return `dynamodb_service_context` with the key."""

    def dynamodb_service_context(body: bytes) -> dict[str, Any]:
        found = context(body)
        try:
            keys = list(leading_keys(json.loads(body or b"{}")))
        except (AttributeError, KeyError, TypeError, ValueError):  # the emulator answers a malformed request
            return found
        return {**found, "dynamodb:LeadingKeys": keys} if keys else found

    return dynamodb_service_context


def leading_keys(request: dict[str, Any]) -> Iterator[str]:
    """Give the values of the partition key in a request about items. A scan names none."""
    if "TransactItems" in request:
        for transacted in request["TransactItems"]:
            for one in transacted.values():
                yield from leading_keys(one)
    for table, wanted in (request.get("RequestItems") or {}).items():
        keys = wanted["Keys"] if isinstance(wanted, dict) else [part for write in wanted for part in write.values()]
        for one in keys:
            yield from _value((one.get("Item") or one.get("Key") or one)[hash_key(table)])
    if "TableName" in request:
        name = hash_key(request["TableName"])
        if item := request.get("Item") or request.get("Key"):
            yield from _value(item[name])
        elif condition := request.get("KeyConditionExpression"):
            yield from _value(request["ExpressionAttributeValues"][_compared_with(condition, name, request)])


def hash_key(table: str) -> str:
    """Return the name of a table's partition key."""
    dynamodb = module("services.dynamodb")
    schema = dynamodb._tables[dynamodb._normalize_table_name(table)]["KeySchema"]  # noqa: SLF001
    return next(str(part["AttributeName"]) for part in schema if part["KeyType"] == "HASH")


def _compared_with(condition: str, name: str, request: dict[str, Any]) -> str:
    """Return the placeholder with which a key condition compares the partition key: `pk = :pk AND …`."""
    names = {alias for alias, real in (request.get("ExpressionAttributeNames") or {}).items() if real == name} | {name}
    for part in condition.replace("(", " ").replace(")", " ").split(" AND "):
        left, equals, right = part.partition("=")
        if equals and left.strip() in names:
            return right.strip()
    raise KeyError(name)


def _value(attribute: dict[str, Any]) -> Iterator[str]:
    yield from map(str, attribute.values())


def apply() -> None:
    """Tell the key."""
    wrap(module("core.iam_actions"), "dynamodb_service_context", with_leading_keys)
