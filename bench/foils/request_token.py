"""Option 4: a transaction with a client request token made from the item's id.

DynamoDB carries out a transaction once for each token, for ten minutes: lost answers and prompt duplicates do no
harm. A message that comes again later is counted twice. Transactions on one record exclude each other, so that at
high concurrency most of them are cancelled and tried again, at two units a try.
"""

from typing import ClassVar
from uuid import NAMESPACE_URL, uuid5

from botocore.exceptions import ClientError

from bench.foils.design import TRIES, Design, GaveUp, reasons


class RequestToken(Design):
    name: ClassVar[str] = "4 transaction, request token"

    def count(self, item: str) -> bool:
        for attempt in range(TRIES):
            if self._written(item):
                return self.finished()
            self._backoff(attempt)
        raise GaveUp(item)

    def _written(self, item: str) -> bool:
        try:
            self._client.transact_write_items(
                ClientRequestToken=str(uuid5(NAMESPACE_URL, f"{self._pk['S']}/{item}")),
                TransactItems=[
                    {
                        "Update": {
                            "TableName": self._table,
                            "Key": self._key,
                            "UpdateExpression": "ADD counted :one",
                            "ExpressionAttributeValues": {":one": {"N": "1"}},
                        }
                    }
                ],
            )
        except ClientError as exc:
            if "TransactionConflict" not in reasons(exc):
                raise
            return False
        return True
