"""The foils' simulated table and DynamoDB Local give the same answers to what the designs ask."""

from collections.abc import Callable
from typing import Any, cast
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from bench.foils.design import code, reasons
from bench.foils.simulated.hot_key import WRITE_UNITS_A_SECOND
from bench.foils.simulated.table import TOKEN_SECONDS, TRANSACTION_SECONDS, Table
from bench.foils.simulated.values import from_wire, to_wire, value_bytes
from local.emulator.meter.item_size import value_bytes as wire_bytes
from tests.tables import create_batches_table

KEY = {"pk": {"S": "batch#b1"}, "sk": {"S": "state"}}
ADD = {"UpdateExpression": "ADD counted :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}


class Clock:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


class Direct:
    """The simulated table under the names of boto3's client, without a wire."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        return lambda TableName=None, **request: cast("dict[str, Any]", getattr(self._table, name)(request))  # noqa: N803


@pytest.fixture(params=["simulated", "dynamodb-local"])
def ask(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """`ask("PutItem-as-python-name", **request)` on a new table."""
    if request.param == "simulated":
        ticks = iter(range(10**6))
        direct = Direct(Table(lambda: float(next(ticks))))
        return lambda operation, **more: getattr(direct, operation)(**more)
    client = request.getfixturevalue("dynamodb_local_client")
    table = create_batches_table(client, f"foils-{uuid4()}")

    def send(operation: str, **more: Any) -> Any:
        for part in more.get("TransactItems", ()):
            for write in part.values():
                write["TableName"] = table
        named = {} if operation == "transact_write_items" else {"TableName": table}
        return getattr(client, operation)(**named, **more)

    return send


def item(ask: Callable[..., Any], key: Any = KEY) -> Any:
    return ask("get_item", Key=key, ConsistentRead=True).get("Item")


def refused(call: Callable[[], Any]) -> ClientError:
    with pytest.raises(ClientError) as caught:
        call()
    return caught.value


def test_add_begins_at_nothing_and_tells_the_new_value(ask: Callable[..., Any]) -> None:
    assert item(ask) is None
    for expected in ("1", "2"):
        answer = ask("update_item", Key=KEY, ReturnValues="UPDATED_NEW", **ADD)
        assert answer["Attributes"] == {"counted": {"N": expected}}
    assert item(ask) == KEY | {"counted": {"N": "2"}}


def test_set_replaces_if_the_condition_holds(ask: Callable[..., Any]) -> None:
    ask("put_item", Item=KEY | {"counted": {"N": "1"}, "etag": {"S": "a"}})

    def update(seen: str) -> Any:
        return ask(
            "update_item",
            Key=KEY,
            UpdateExpression="SET counted = counted + :one, etag = :new",
            ConditionExpression="etag = :seen",
            ExpressionAttributeValues={":one": {"N": "1"}, ":new": {"S": "b"}, ":seen": {"S": seen}},
            ReturnValues="ALL_NEW",
        )

    assert update("a")["Attributes"] == KEY | {"counted": {"N": "2"}, "etag": {"S": "b"}}
    assert code(refused(lambda: update("a"))) == "ConditionalCheckFailedException"
    assert item(ask)["counted"] == {"N": "2"}


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("attribute_not_exists(etag)", False),
        ("attribute_exists(etag)", True),
        ("attribute_not_exists(lease_until)", True),
        ("attribute_not_exists(lease_until) OR lease_until < :a", True),
        ("attribute_not_exists(etag) OR etag < :b", True),
        ("(attribute_not_exists(etag) OR etag < :b) AND attribute_exists(lease_until)", False),
        ("NOT contains(ids, :a)", False),
        ("NOT contains(ids, :b)", True),
        ("NOT contains(lease_until, :a)", True),
        ("lease_until = :a", False),
        ("etag <> :b", True),
        ("etag >= :a AND etag <= :a", True),
        ("etag = :n", False),
    ],
)
def test_conditions(ask: Callable[..., Any], condition: str, *, holds: bool) -> None:
    ask("put_item", Item=KEY | {"etag": {"S": "a"}, "ids": {"SS": ["a", "c"]}})
    values = {":a": {"S": "a"}, ":b": {"S": "b"}, ":n": {"N": "1"}}
    used = {name: value for name, value in values.items() if name in condition}
    put = {"Item": KEY, "ConditionExpression": condition} | ({"ExpressionAttributeValues": used} if used else {})
    if holds:
        ask("put_item", **put)
        assert item(ask) == KEY
    else:
        assert code(refused(lambda: ask("put_item", **put))) == "ConditionalCheckFailedException"


def test_a_refused_put_hands_out_what_stands(ask: Callable[..., Any]) -> None:
    standing = KEY | {"etag": {"S": "a"}, "seen": {"L": [{"N": "1"}, {"BOOL": True}]}, "done": {"B": b"\1"}}
    ask("put_item", Item=standing)
    exc = refused(
        lambda: ask(
            "put_item",
            Item=KEY,
            ConditionExpression="attribute_not_exists(pk)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    )
    assert exc.response["Item"] == standing  # type: ignore[typeddict-item]


def test_add_unites_sets(ask: Callable[..., Any]) -> None:
    for members in (["a"], ["a", "b"], ["b"]):
        ask(
            "update_item",
            Key=KEY,
            UpdateExpression="ADD ids :ids, counted :one",
            ExpressionAttributeValues={":ids": {"SS": members}, ":one": {"N": "1"}},
        )
    assert sorted(item(ask)["ids"]["SS"]) == ["a", "b"]
    assert item(ask)["counted"] == {"N": "3"}


def test_an_item_of_more_than_400_kb_is_refused(ask: Callable[..., Any]) -> None:
    long = 409_600 - len("pkbatch#b1skstatetext")
    ask("put_item", Item=KEY | {"text": {"S": "x" * long}})
    for call in (
        lambda: ask("put_item", Item=KEY | {"text": {"S": "x" * (long + 1)}}),
        lambda: ask("update_item", Key=KEY, **ADD),
    ):
        assert code(refused(call)) == "ValidationException"
    assert len(item(ask)["text"]["S"]) == long


def test_a_query_goes_page_by_page_and_by_prefix(ask: Callable[..., Any]) -> None:
    for number in range(4):
        ask("put_item", Item={"pk": KEY["pk"], "sk": {"S": f"item#{number}"}, "text": {"S": "x" * 390_000}})
    ask("put_item", Item=KEY)
    request: dict[str, Any] = {
        "KeyConditionExpression": "pk = :pk AND begins_with(sk, :item)",
        "ExpressionAttributeValues": {":pk": KEY["pk"], ":item": {"S": "item#"}},
        "ConsistentRead": True,
    }
    counted = []
    while True:
        answer = ask("query", Select="COUNT", **request)
        counted.append(answer["Count"])
        if "LastEvaluatedKey" not in answer:
            break
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
    assert sum(counted) == 4
    assert len([count for count in counted if count]) == 2


def test_a_transaction_is_all_or_nothing(ask: Callable[..., Any]) -> None:
    marker = {"pk": {"S": "batch#b1#a"}, "sk": {"S": "marker"}}

    def count() -> None:
        put = {"Item": marker, "ConditionExpression": "attribute_not_exists(pk)"}
        ask("transact_write_items", TransactItems=[{"Put": put}, {"Update": {"Key": KEY, **ADD}}])

    count()
    assert reasons(refused(count)) == ["ConditionalCheckFailed", "None"]
    assert item(ask) == KEY | {"counted": {"N": "1"}}
    assert item(ask, marker) == marker


def test_a_transaction_with_the_same_token_takes_effect_once(ask: Callable[..., Any]) -> None:
    token = str(uuid4())
    for _ in range(2):
        ask("transact_write_items", ClientRequestToken=token, TransactItems=[{"Update": {"Key": KEY, **ADD}}])
    assert item(ask)["counted"] == {"N": "1"}
    other = {"Key": KEY, **ADD, "ExpressionAttributeValues": {":one": {"N": "2"}}}
    exc = refused(lambda: ask("transact_write_items", ClientRequestToken=token, TransactItems=[{"Update": other}]))
    assert code(exc) == "IdempotentParameterMismatchException"


# ---- what DynamoDB Local doesn't do: AWS's documentation is the only word on it


def simulated() -> tuple[Clock, Table]:
    clock = Clock()
    return clock, Table(clock)


def test_a_token_is_good_for_ten_minutes() -> None:
    clock, table = simulated()
    for at, counted in ((0, 1), (TOKEN_SECONDS - 1, 1), (TOKEN_SECONDS + 1, 2)):
        clock.at = at
        table.transact_write_items({"ClientRequestToken": "t", "TransactItems": [{"Update": {"Key": KEY, **ADD}}]})
        assert table.get_item({"Key": KEY})["Item"]["counted"] == {"N": str(counted)}


def test_transactions_on_one_item_exclude_each_other() -> None:
    clock, table = simulated()
    count = {"TransactItems": [{"Update": {"Key": KEY, **ADD}}]}
    table.transact_write_items(count)
    assert reasons(refused(lambda: table.transact_write_items(count))) == ["TransactionConflict"]
    assert code(refused(lambda: table.update_item({"Key": KEY, **ADD}))) == "TransactionConflictException"
    clock.at += TRANSACTION_SECONDS
    table.transact_write_items(count)
    assert table.get_item({"Key": KEY})["Item"]["counted"] == {"N": "2"}
    assert table.consumed.write == 3 * 2 + 0  # also the one that was cancelled


def test_a_key_takes_a_thousand_units_a_second() -> None:
    clock, table = simulated()
    for _ in range(int(WRITE_UNITS_A_SECOND)):
        table.update_item({"Key": KEY, **ADD})
    assert code(refused(lambda: table.update_item({"Key": KEY, **ADD}))) == "ThrottlingException"
    table.put_item({"Item": {"pk": {"S": "another"}, "sk": {"S": "state"}}})
    clock.at += 0.5
    table.update_item({"Key": KEY, **ADD})


def test_units_are_those_of_the_larger_item_before_and_after() -> None:
    _, table = simulated()
    table.put_item({"Item": KEY | {"text": {"S": "x" * 2048}}})
    table.put_item({"Item": KEY})
    with pytest.raises(ClientError):
        table.put_item({"Item": KEY | {"text": {"S": "x" * 1024}}, "ConditionExpression": "attribute_not_exists(pk)"})
    assert table.consumed.write == 3 + 3 + 2
    table.get_item({"Key": KEY, "ConsistentRead": True})
    table.get_item({"Key": KEY})
    assert table.consumed.read == 1.5


@pytest.mark.parametrize(
    "wire",
    [
        {"S": "é"},
        {"N": "-12345.678"},
        {"BOOL": False},
        {"SS": ["a", "bc"]},
        {"L": [{"S": "a"}, {"N": "7"}]},
        {"M": {"name": {"L": []}}},
    ],
)
def test_values_keep_their_form_and_size(wire: dict[str, Any]) -> None:
    value = from_wire(wire)
    back = to_wire(value)
    assert ({"SS": sorted(back["SS"])} if "SS" in back else back) == wire
    assert value_bytes(value) == wire_bytes(wire)
