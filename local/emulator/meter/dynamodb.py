"""Counts what each DynamoDB call costs, at the emulator's own operations: it sees the items before and after.

A Query's answer does not tell what it read (a filter or a projection hides it), nor a write's answer what the item
was before, so the wire alone can't give units. Every call that arrives runs through exactly one operation here,
with nothing else between (the emulator's DynamoDB handles one call at a time): also a write whose answer is lost
on its way back, and also each retry of the SDK.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import Any

from local.emulator.meter.counts import Meter
from local.emulator.meter.item_size import item_bytes
from local.emulator.meter.units import Item, is_consistent, read_units, write_units
from local.emulator.patching import module, wrap

Request = dict[str, Any]
Answer = tuple[int, Any, Any]
Handler = Callable[[Request], Answer]
FAILED_CONDITION = b"ConditionalCheckFailedException"
FAILED_TRANSACTION = b"TransactionCanceledException"


def install(meter: Meter) -> None:
    """Put the meter around the operations that read or write items."""
    dynamodb = module("services.dynamodb")
    store = Store(dynamodb)
    for operation in ("put_item", "update_item", "delete_item"):
        wrap(dynamodb, f"_{operation}", write_metered(meter, store, pascal(operation)))
    wrap(dynamodb, "_get_item", get_metered(meter, store))
    for operation in ("query", "scan"):
        wrap(dynamodb, f"_{operation}", page_metered(meter, store, pascal(operation)))
    for operation in ("batch_write_item", "transact_write_items"):
        wrap(dynamodb, f"_{operation}", writes_metered(meter, store, pascal(operation)))
    for operation in ("batch_get_item", "transact_get_items"):
        wrap(dynamodb, f"_{operation}", gets_metered(meter, store, pascal(operation)))


def pascal(operation: str) -> str:
    """Turn `put_item` into `PutItem`."""
    return operation.title().replace("_", "")


class Store:
    """The emulator's items, looked up without a call. `read` collects what a Query or Scan reads."""

    def __init__(self, dynamodb: ModuleType) -> None:
        self._dynamodb = dynamodb
        self.read: list[Item] = []
        wrap(dynamodb, "_paginate_evaluated_items", self._recorded)

    def _recorded(self, paginate: Callable[..., tuple[list[Item], bool]]) -> Callable[..., tuple[list[Item], bool]]:
        def paginate_recorded(items: Any, limit: Any, table: Any, index_name: Any = None) -> tuple[list[Item], bool]:  # noqa: ANN401
            page, more = paginate(items, limit, table, index_name)
            project = self._dynamodb._apply_index_projection  # noqa: SLF001
            self.read = [project(item, table, index_name) for item in page] if index_name else page
            return page, more

        return paginate_recorded

    def name(self, request: Request) -> str:
        """Return the table's name, where the request may give an ARN."""
        return str(self._dynamodb._normalize_table_name(request.get("TableName")))  # noqa: SLF001

    def item(self, request: Request, key: Item | None = None) -> Item | None:
        """Return a copy of the item that the request is about as it is now, None if there is none."""
        table = self._dynamodb._tables.get(self.name(request))  # noqa: SLF001
        try:
            found = self._dynamodb._get_item_by_key(table, key or request.get("Key") or request["Item"])  # noqa: SLF001
        except (AttributeError, KeyError, TypeError, ValueError):  # a malformed request: the emulator answers it
            return None
        return dict(found) if found else None


def write_metered(meter: Meter, store: Store, operation: str) -> Callable[[Handler], Handler]:
    """Meter PutItem, UpdateItem or DeleteItem."""

    def around(handler: Handler) -> Handler:
        def handle(request: Request) -> Answer:
            before = store.item(request)
            answer = handler(request)
            failed = condition_failed(answer)
            after = request.get("Item") if operation == "PutItem" else None
            if operation == "UpdateItem":
                after = store.item(request)
            units = write_units(before, after) if failed or answer[0] == 200 else 0.0
            meter.table(store.name(request), operation, calls=1, write_units=units, failed_conditions=int(failed))
            return answer

        return handle

    return around


def get_metered(meter: Meter, store: Store) -> Callable[[Handler], Handler]:
    """Meter GetItem."""

    def around(handler: Handler) -> Handler:
        def handle(request: Request) -> Answer:
            answer = handler(request)
            units = read_units(item_bytes(store.item(request)), consistent=is_consistent(request))
            meter.table(store.name(request), "GetItem", calls=1, read_units=units if answer[0] == 200 else 0.0)
            return answer

        return handle

    return around


def page_metered(meter: Meter, store: Store, operation: str) -> Callable[[Handler], Handler]:
    """Meter one page of Query or Scan: what was read before filter and projection, rounded up once."""

    def around(handler: Handler) -> Handler:
        def handle(request: Request) -> Answer:
            store.read = []
            answer = handler(request)
            units = read_units(sum(map(item_bytes, store.read)), consistent=is_consistent(request))
            meter.table(store.name(request), operation, calls=1, read_units=units if answer[0] == 200 else 0.0)
            return answer

        return handle

    return around


def writes_metered(meter: Meter, store: Store, operation: str) -> Callable[[Handler], Handler]:
    """Meter BatchWriteItem or TransactWriteItems: item by item, twice the units in a transaction."""
    factor = 2 if operation.startswith("Transact") else 1

    def around(handler: Handler) -> Handler:
        def handle(request: Request) -> Answer:
            writes = list(actions(request))
            before = [store.item(write) for write in writes]
            answer = handler(request)
            done = answer[0] == 200 or FAILED_TRANSACTION in body_of(answer)
            for write, item in zip(writes, before, strict=True):
                after = write.get("Item") or store.item(write)
                units = factor * write_units(item, after) if done else 0.0
                meter.table(store.name(write), operation, calls=1, write_units=units)
            return answer

        return handle

    return around


def gets_metered(meter: Meter, store: Store, operation: str) -> Callable[[Handler], Handler]:
    """Meter BatchGetItem or TransactGetItems: item by item, twice the consistent units in a transaction."""
    transaction = operation.startswith("Transact")

    def around(handler: Handler) -> Handler:
        def handle(request: Request) -> Answer:
            answer = handler(request)
            for get in actions(request):
                consistent = transaction or is_consistent(get)
                units = read_units(item_bytes(store.item(get)), consistent=consistent) * (2 if transaction else 1)
                meter.table(store.name(get), operation, calls=1, read_units=units if answer[0] == 200 else 0.0)
            return answer

        return handle

    return around


def actions(request: Request) -> Iterable[Request]:
    """Give each item's part of a batch or transaction, as if it were a request of its own."""
    for transacted in request.get("TransactItems") or []:
        yield from transacted.values()
    for table, wanted in (request.get("RequestItems") or {}).items():
        if isinstance(wanted, Mapping):  # BatchGetItem
            yield from ({**wanted, "Key": key, "TableName": table} for key in wanted.get("Keys", []))
        else:
            yield from ({**body, "TableName": table} for write in wanted for body in write.values())


def condition_failed(answer: Answer) -> bool:
    """Whether a write was refused by its condition."""
    return answer[0] == 400 and FAILED_CONDITION in body_of(answer)


def body_of(answer: Answer) -> bytes:
    """Return the answer's body as bytes."""
    body = answer[2]
    if isinstance(body, bytes):
        return body
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()
