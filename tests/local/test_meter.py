"""The meter counts what DynamoDB Local says it costs, and counts every call that arrives."""

import json
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.dynamodb_local import DynamoDBLocal
from local.emulator.meter.item_size import item_bytes, value_bytes
from local.emulator.meter.units import read_units, write_units
from tests.local.tiny_aws import TinyAws

VALUES: list[dict[str, Any]] = [
    {"S": ""},
    {"S": "plain"},
    {"S": "Zürich ✈"},
    *({"N": text} for text in ("0", "-0", "1", "-1", "12", "123", "1000", "0.1", "0.001", "12.55", "-12.55", "1e20")),
    *({"N": text} for text in ("1e-21", "1732161799.123456", "12345678901234567890123456789012345678")),
    {"N": "-98765432109876543210987654321098765432"},
    {"B": b"\x00\x01\x02"},
    {"BOOL": True},
    {"NULL": True},
    {"SS": ["a", "bc"]},
    {"NS": ["1", "23", "-5"]},
    {"BS": [b"1", b"22"]},
    {"L": []},
    {"L": [{"S": "a"}, {"N": "12"}, {"L": [{"BOOL": False}]}]},
    {"M": {}},
    {"M": {"ab": {"S": "c"}, "d": {"L": [{"S": "e"}, {"NULL": True}]}}},
]


def on_the_wire(value: Any) -> Any:
    """As the SDK sends it: bytes as base64."""
    import base64

    return json.loads(json.dumps(value, default=lambda content: base64.b64encode(content).decode()))


class Metered:
    """A table of DynamoDB Local and one of the emulator; what one says and what the meter counts."""

    def __init__(self, aws: TinyAws, truth: Any) -> None:
        self.aws = aws
        self.truth = truth
        self.table = aws.table()
        description = aws.dynamodb.describe_table(TableName=self.table)["Table"]
        truth.create_table(
            TableName=self.table,
            BillingMode="PAY_PER_REQUEST",
            **{name: description[name] for name in ("KeySchema", "AttributeDefinitions")},
        )

    def both(self, operation: str, **request: Any) -> tuple[float, float]:
        """Run on both; returns the units that DynamoDB Local says and those that the meter counted."""
        request["TableName"] = self.table
        told = getattr(self.truth, operation)(ReturnConsumedCapacity="TOTAL", **request)["ConsumedCapacity"]
        before = self.counted()
        getattr(self.aws.dynamodb, operation)(**request)
        return told["CapacityUnits"], self.counted() - before

    def counted(self) -> float:
        operations = self.aws.emulator.meter()["tables"].get(self.table, {})
        return float(sum(op.get("write_units", 0) + op.get("read_units", 0) for op in operations.values()))


@pytest.fixture(scope="module")
def truth(dynamodb_local: DynamoDBLocal) -> Any:
    return boto3.client(
        "dynamodb",
        endpoint_url=dynamodb_local.endpoint,
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )


@pytest.fixture
def metered(aws: TinyAws, truth: Any) -> Metered:
    return Metered(aws, truth)


def item(number: int, size: int) -> dict[str, Any]:
    """An item of exactly `size` bytes."""
    made = {"pk": {"S": "p"}, "sk": {"N": str(number)}, "x": {"S": ""}}
    made["x"]["S"] = "x" * (size - item_bytes(made))
    assert item_bytes(made) == size
    return made


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_the_size_of_a_value_is_exact(metered: Metered, value: dict[str, Any]) -> None:
    """One byte more than a full unit costs a second one, on DynamoDB Local as by our own sum."""
    base: dict[str, Any] = {"pk": {"S": "p"}, "sk": {"N": "1"}, "v": value, "x": {"S": ""}}
    room = 1024 - item_bytes(on_the_wire(base))
    for extra, units in ((0, 1.0), (1, 2.0)):
        full = base | {"x": {"S": "x" * (room + extra)}}
        metered.truth.delete_item(TableName=metered.table, Key={"pk": full["pk"], "sk": full["sk"]})
        told = metered.truth.put_item(TableName=metered.table, Item=full, ReturnConsumedCapacity="TOTAL")
        assert told["ConsumedCapacity"]["CapacityUnits"] == units
        assert write_units(None, on_the_wire(full)) == units


def test_writes_cost_the_larger_of_before_and_after(metered: Metered) -> None:
    for size in (100, 1024, 1025, 5000, 2000, 300):
        told, counted = metered.both("put_item", Item=item(1, size))
        assert told == counted, size
    key = {"pk": {"S": "p"}, "sk": {"N": "1"}}
    for length in (10, 3000, 100):
        update = {"UpdateExpression": "SET y = :y", "ExpressionAttributeValues": {":y": {"S": "y" * length}}}
        told, counted = metered.both("update_item", Key=key, **update)
        assert told == counted, length
    for _ in range(2):  # there, and no longer there
        told, counted = metered.both("delete_item", Key=key)
        assert told == counted


@pytest.mark.parametrize("consistent", [True, False])
def test_reads_cost_what_is_read(metered: Metered, *, consistent: bool) -> None:
    for number, size in enumerate((100, 4096, 4097, 12000, 1000), start=1):
        metered.both("put_item", Item=item(number, size))
        key = {"pk": {"S": "p"}, "sk": {"N": str(number)}}
        told, counted = metered.both("get_item", Key=key, ConsistentRead=consistent)
        assert told == counted, size
        told, counted = metered.both("get_item", Key=key, ConsistentRead=consistent, ProjectionExpression="sk")
        assert told == counted, size
    told, counted = metered.both("get_item", Key={"pk": {"S": "q"}, "sk": {"N": "1"}}, ConsistentRead=consistent)
    assert told == counted
    query = {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": "p"}}}
    for more in (
        {},
        {"Limit": 2},
        {"Select": "COUNT"},
        {"ProjectionExpression": "sk"},
        {"FilterExpression": "attribute_not_exists(x)"},
    ):
        told, counted = metered.both("query", ConsistentRead=consistent, **query, **more)
        assert told == counted, more
    told, counted = metered.both("scan", ConsistentRead=consistent)
    assert told == counted


def test_each_page_is_rounded_up(metered: Metered) -> None:
    """Five items of 5,000 bytes: 7 units at once, 3 + 3 + 2 in pages of two."""
    for number in range(1, 6):
        metered.both("put_item", Item=item(number, 5000))
    query = {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": "p"}}, "Limit": 2}
    costs = []
    for start in (0, 2, 4):
        page = {"ExclusiveStartKey": {"pk": {"S": "p"}, "sk": {"N": str(start)}}}
        told, counted = metered.both("query", ConsistentRead=True, **query, **page)
        assert told == counted
        costs.append(counted)
    assert costs == [3, 3, 2]


def test_an_empty_query_costs_a_minimal_read(aws: TinyAws) -> None:
    """DynamoDB Local says 0 here; AWS bills the minimum, so we do."""
    table = aws.table()
    aws.dynamodb.query(TableName=table, KeyConditionExpression="pk = :p", ExpressionAttributeValues={":p": {"S": "p"}})
    assert aws.emulator.meter()["tables"][table]["Query"]["read_units"] == 0.5
    assert read_units(0, consistent=True) == 1.0


def test_a_failed_condition_costs_the_larger_item(aws: TinyAws) -> None:
    """The developer guide's own case, scaled down: an existing item of 3 units, an attempt at one of 5."""
    table = aws.table()
    aws.dynamodb.put_item(TableName=table, Item=item(1, 3000))
    for size, units in ((4500, 5), (100, 3)):
        aws.emulator.reset_meter()
        with pytest.raises(ClientError, match="ConditionalCheckFailed"):
            aws.dynamodb.put_item(TableName=table, Item=item(1, size), ConditionExpression="attribute_not_exists(pk)")
        counted = aws.emulator.meter()["tables"][table]["PutItem"]
        assert counted == {"calls": 1, "failed_conditions": 1, "write_units": units}
    aws.emulator.reset_meter()
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        aws.dynamodb.update_item(
            TableName=table,
            Key={"pk": {"S": "p"}, "sk": {"N": "1"}},
            UpdateExpression="SET y = :y",
            ConditionExpression="attribute_not_exists(pk)",
            ExpressionAttributeValues={":y": {"S": "y"}},
        )
    assert aws.emulator.meter()["tables"][table]["UpdateItem"]["write_units"] == 3


def test_batches_and_transactions_are_counted_item_by_item(aws: TinyAws) -> None:
    table = aws.table()
    aws.emulator.reset_meter()
    aws.dynamodb.batch_write_item(
        RequestItems={table: [{"PutRequest": {"Item": item(number, 1500)}} for number in (1, 2)]}
    )
    aws.dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": table, "Item": item(3, 100)}}])
    aws.dynamodb.batch_get_item(RequestItems={table: {"Keys": [{"pk": {"S": "p"}, "sk": {"N": "1"}}]}})
    counted = aws.emulator.meter()
    assert counted["tables"][table]["BatchWriteItem"]["write_units"] == 4
    assert counted["tables"][table]["TransactWriteItems"]["write_units"] == 2
    assert counted["tables"][table]["BatchGetItem"]["read_units"] == 0.5
    assert (counted["write_units"], counted["read_units"]) == (6, 0.5)


def test_calls_and_invocations_are_counted(aws: TinyAws) -> None:
    function = aws.function("def handler(event, context): return 1")
    bucket = aws.bucket()
    aws.emulator.reset_meter()
    aws.s3.put_object(Bucket=bucket, Key="a/b", Body=b"")
    for _ in range(3):
        aws.invoke(function)
    counted = aws.emulator.meter()
    assert counted["calls"]["s3"] == {"PUT object": 1}
    assert counted["calls"]["lambda"] == {"Invoke": 3}
    assert counted["functions"][function] == {"cold_starts": 1, "invocations": 3}


def test_onlookers_cost_nothing(aws: TinyAws) -> None:
    table = aws.table()
    looking_on = boto3.client(
        "dynamodb", config=Config(user_agent_extra="tallygate-observer"), **aws.emulator.client_settings()
    )
    aws.emulator.reset_meter()
    looking_on.scan(TableName=table)
    counted = aws.emulator.meter()
    assert (counted["read_units"], counted["calls"], counted["tables"]) == (0, {}, {})


@pytest.mark.parametrize("wrong", [{"X": "?"}, {"N": "NaN"}])
def test_what_is_no_attribute_value_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"unknown|not a number"):
        value_bytes(wrong)
