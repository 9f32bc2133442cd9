"""The vault on a DynamoDB table of its own (`pk` = subject); each key is wrapped by KMS, bound to its subject.

A table of its own, because its backups must be short: a key that is forgotten lives on in them for so long.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import ClientError

from tallygate import aws, clock
from tallygate.deadline import Deadline
from tallygate.events.forgetting.vault import SubjectForgotten, UnknownSubject, VaultUnusable, subject_id
from tallygate.put_if_absent import Item, put_if_absent, resend

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient

T = TypeVar("T")

_CURES = {
    "AccessDeniedException": "give the role kms:GenerateDataKey and kms:Decrypt on the key",
    "DisabledException": "enable the key",
    "InvalidCiphertextException": "the item was changed or moved: restore the vault's table, and forget again since",
    "IncorrectKeyException": "the subject's key was wrapped by another KMS key: set the vault to that one",
    "KMSInvalidStateException": "cancel the key's deletion, and enable it",
    "NotFoundException": "mend the key's name; if it was deleted, everything sealed under it is lost",
}


class DynamoDBKeyVault:
    """Keys in one DynamoDB table, wrapped by one KMS key.

    Parameters
    ----------
    table : str
        The table's name.
    kms_key : str
        Id, ARN or alias (`alias/…`) of the KMS key.
    client : DynamoDBClient, optional
    kms : KMSClient, optional
        Default of both: the process's client with Tallygate's deadlines.
    """

    def __init__(
        self, table: str, kms_key: str, client: "DynamoDBClient | None" = None, kms: "KMSClient | None" = None
    ) -> None:
        self._table = table
        self._kms_key = kms_key
        self._client = client or aws.dynamodb()
        self._kms = kms or aws.kms()

    def key_for_writing(self, subject: str, until: Deadline) -> bytes:
        """See `KeyVault.key_for_writing`. One read unit and one call of KMS; on first use one write unit more."""
        item = self._item(subject_id(subject), until)
        if item is None:
            return self._made(subject, until)
        return self._existing(subject, item, until)

    def key(self, subject: str, until: Deadline) -> bytes | None:
        """See `KeyVault.key`. One read unit and one call of KMS."""
        item = self._item(subject_id(subject), until)
        if item is None:
            raise UnknownSubject(subject, self._table)
        return self._unwrapped(subject, item, until)

    def forget(self, subject: str, until: Deadline) -> None:
        """See `KeyVault.forget`. One write unit."""

        def send() -> None:
            self._client.update_item(
                TableName=self._table,
                Key={"pk": {"S": subject_id(subject)}},
                UpdateExpression="SET forgotten_at = if_not_exists(forgotten_at, :now) REMOVE wrapped_key",
                ConditionExpression="attribute_exists(pk)",
                ExpressionAttributeValues={":now": {"S": clock.to_text(clock.utc_now())}},
            )

        try:
            resend(send, until, what=f"the write to {self._table}")
        except ClientError as exc:
            if aws.error_code(exc) == "ConditionalCheckFailedException":
                raise UnknownSubject(subject, self._table) from exc
            raise

    # The race this settles:   A: no item ──▶ makes a key ──▶ put ──▶ wins
    #                          B: no item ──▶ makes a key ─────────▶ put ──▶ ALL_OLD = A's: B throws its own away
    def _made(self, subject: str, until: Deadline) -> bytes:
        made = self._send(
            subject,
            lambda: self._kms.generate_data_key(
                KeyId=self._kms_key, KeySpec="AES_256", EncryptionContext=_context(subject)
            ),
            until,
        )
        item = {
            "pk": {"S": subject},
            "wrapped_key": {"B": made["CiphertextBlob"]},
            "made_at": {"S": clock.to_text(clock.utc_now())},
        }
        standing = put_if_absent(self._client, self._table, item, until)
        return made["Plaintext"] if standing is None else self._existing(subject, standing, until)

    def _existing(self, subject: str, item: Item, until: Deadline) -> bytes:
        key = self._unwrapped(subject, item, until)
        if key is None:
            raise SubjectForgotten(subject)
        return key

    def _item(self, subject: str, until: Deadline) -> Item | None:
        answer = resend(
            lambda: self._client.get_item(TableName=self._table, Key={"pk": {"S": subject}}, ConsistentRead=True),
            until,
            what=f"the read of {self._table}",
        )
        return answer.get("Item")

    def _unwrapped(self, subject: str, item: Item, until: Deadline) -> bytes | None:
        if "forgotten_at" in item:
            return None
        if "wrapped_key" not in item:  # neither a key nor a tombstone: only a tombstone says `forgotten`
            raise VaultUnusable(f"the item of {subject!r} in {self._table} has no key: restore the vault's table")
        wrapped = item["wrapped_key"]["B"]
        answer = self._send(
            subject,
            lambda: self._kms.decrypt(CiphertextBlob=wrapped, KeyId=self._kms_key, EncryptionContext=_context(subject)),
            until,
        )
        return answer["Plaintext"]

    def _send(self, subject: str, call: Callable[[], T], until: Deadline) -> T:
        try:
            return resend(call, until, what=f"the call of the KMS key {self._kms_key}")
        except ClientError as exc:
            cure = _CURES.get(aws.error_code(exc))
            if cure is None:
                raise
            raise VaultUnusable(f"the KMS key {self._kms_key} refuses the key of {subject!r} ({exc}): {cure}") from exc


def _context(subject: str) -> dict[str, str]:
    return {"subject": subject}
