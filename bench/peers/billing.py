"""Write units as DynamoDB bills them, from units as DynamoDB Local reports them.

They agree except in transactions. DynamoDB bills two units per item of up to 1 KB; releases of DynamoDB Local have
reported one, two or four (awslabs/amazon-dynamodb-local-samples#31). So one such item is written first, and the units
of transactions are scaled by what it was said to cost.
"""

from dataclasses import dataclass

from mypy_boto3_dynamodb import DynamoDBClient

from bench.peers.units_proxy import Units

BILLED_PER_ITEM = 2.0


@dataclass(frozen=True)
class Billing:
    """`reported`: what DynamoDB Local says that a transaction with one small item costs."""

    reported: float

    def write_units(self, units: Units) -> float:
        """Return what DynamoDB would bill."""
        return units.write - units.transacted + units.transacted * BILLED_PER_ITEM / self.reported


def calibrate(client: DynamoDBClient, table: str) -> Billing:
    """Make a table without an index and write one small item to it in a transaction."""
    client.create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    put = {"Put": {"TableName": table, "Item": {"pk": {"S": "small"}}}}
    answer = client.transact_write_items(TransactItems=[put], ReturnConsumedCapacity="TOTAL")  # type: ignore[list-item]
    return Billing(answer["ConsumedCapacity"][0]["CapacityUnits"])
