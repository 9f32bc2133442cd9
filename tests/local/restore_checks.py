"""What AWS does when a table is restored, checked on the emulator."""

import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from botocore.exceptions import ClientError

from tests.local.tiny_aws import TinyAws

TEMPLATE = """
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: {name}
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{{AttributeName: pk, AttributeType: S}}, {{AttributeName: sk, AttributeType: N}}]
      KeySchema: [{{AttributeName: pk, KeyType: HASH}}, {{AttributeName: sk, KeyType: RANGE}}]
      StreamSpecification: {{StreamViewType: NEW_IMAGE}}
      PointInTimeRecoverySpecification: {{PointInTimeRecoveryEnabled: {recovery}}}
"""


def _made(aws: TinyAws, *, recovery: str) -> str:
    name = f"tiny-{uuid.uuid4().hex[:8]}"
    aws.stacks.create_stack(StackName=name, TemplateBody=TEMPLATE.format(name=name, recovery=recovery))
    aws.stacks.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    return name


def check_point_in_time(aws: TinyAws) -> None:
    """A table of a template is restored as it was at a time: without what came later, with what was overwritten."""
    table = _made(aws, recovery="true")

    def put(sk: int, value: str) -> None:
        aws.dynamodb.put_item(TableName=table, Item={"pk": {"S": "p"}, "sk": {"N": str(sk)}, "v": {"S": value}})

    put(0, "early")
    put(1, "early")
    time.sleep(2.1)
    at = datetime.now(UTC) - timedelta(seconds=1)
    put(0, "late")
    put(2, "late")
    target = f"{table}-2"
    aws.dynamodb.restore_table_to_point_in_time(SourceTableName=table, TargetTableName=target, RestoreDateTime=at)
    items = aws.dynamodb.scan(TableName=target)["Items"]
    assert sorted((item["sk"]["N"], item["v"]["S"]) for item in items) == [("0", "early"), ("1", "early")]
    described = aws.dynamodb.describe_table(TableName=target)["Table"]
    assert described.get("RestoreSummary", {}).get("SourceTableArn", "").endswith(f"table/{table}")
    for wrong in (at + timedelta(minutes=1), at - timedelta(hours=1)):
        assert _refused(aws, table, wrong) == "InvalidRestoreTimeException"
    assert _refused(aws, _made(aws, recovery="false"), datetime.now(UTC)) == "PointInTimeRecoveryUnavailableException"


def _refused(aws: TinyAws, table: str, at: datetime) -> str:
    target = f"{table}-{uuid.uuid4().hex[:4]}"
    try:
        aws.dynamodb.restore_table_to_point_in_time(SourceTableName=table, TargetTableName=target, RestoreDateTime=at)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "nothing"


def check_scan_order(aws: TinyAws) -> None:
    """A Scan gives versions in their order, across pages too."""
    table = aws.table()
    for n in (2, 10, 1, 11, 0):
        aws.dynamodb.put_item(TableName=table, Item={"pk": {"S": "p"}, "sk": {"N": str(n)}})
    assert [item["sk"]["N"] for item in aws.dynamodb.scan(TableName=table)["Items"]] == ["0", "1", "2", "10", "11"]
    pages = aws.dynamodb.get_paginator("scan").paginate(TableName=table, PaginationConfig={"PageSize": 2})
    assert [item["sk"]["N"] for page in pages for item in page["Items"]] == ["0", "1", "2", "10", "11"]


CHECKS: dict[str, Callable[[TinyAws], None]] = {
    "point_in_time": check_point_in_time,
    "scan_order": check_scan_order,
}
