"""Notes in the views table (`pk` = what they are about, `sk` = their kind)."""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tallygate import aws
from tallygate.deadline import Deadline
from tallygate.projections.notes import Note
from tallygate.put_if_absent import NOTHING_UNDER_THIS_KEY, resend, standing_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoDBNotes:
    """Notes in one table. A row's partition key has digits after the `#`, a note's is `note#` and what it is about.

    Parameters
    ----------
    table : str
        The views table's name.
    client : DynamoDBClient, optional
        Default: the process's client with Tallygate's deadlines.
    """

    def __init__(self, table: str, client: "DynamoDBClient | None" = None) -> None:
        self._table = table
        self._client = client or aws.dynamodb()

    def get(self, about: str, kind: str, until: Deadline) -> Note | None:
        """See `Notes.get`. One read unit per 4 KB."""
        key = _key(about, kind)
        answer = resend(
            lambda: self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True),
            until,
            what=f"the read of {self._table}",
        )
        return _read(answer["Item"]) if "Item" in answer else None

    def put(self, about: str, kind: str, value: bytes, standing: Note | None, until: Deadline) -> bool:
        """See `Notes.put`. One write unit per KB, also when the condition fails."""
        note = Note(value, (standing.number if standing else 0) + 1)
        condition: dict[str, Any] = {"ConditionExpression": NOTHING_UNDER_THIS_KEY}
        if standing:
            condition = {
                "ConditionExpression": "#number = :number",
                "ExpressionAttributeNames": {"#number": "number"},
                "ExpressionAttributeValues": {":number": {"N": str(standing.number)}},
            }

        def send() -> bool:
            try:
                self._client.put_item(
                    TableName=self._table,
                    Item=_key(about, kind) | {"number": {"N": str(note.number)}, "value": {"S": value.decode()}},
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                    **condition,
                )
            except ClientError as exc:
                found = standing_item(exc)
                if found is None:
                    raise
                return bool(found) and _read(found) == note  # mine: the answer to an earlier try was lost
            return True

        return resend(send, until, what=f"the write to {self._table}")


def _key(about: str, kind: str) -> dict[str, Any]:
    return {"pk": {"S": f"note#{about}"}, "sk": {"S": kind}}


def _read(item: Any) -> Note:  # noqa: ANN401
    return Note(item["value"]["S"].encode(), int(item["number"]["N"]))
