"""Tables, their backups and restores, by DynamoDB's control plane."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import ClientError

from tallygate import aws
from tallygate.deadline import Deadline
from tallygate.put_if_absent import resend
from tallygate.restore.asked import Window
from tallygate.restore.errors import CannotRestore
from tallygate.restore.tables import Table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient

T = TypeVar("T")
RECOVERY_DAYS = 35


class DynamoDBTables:
    """Tables by DynamoDB's control plane.

    Parameters
    ----------
    client : DynamoDBClient, optional
        Default: the process's client with Tallygate's deadlines.
    keys : KMSClient, optional
        Asked for the key that AWS manages, where a table to restore lies under a key. Default: the process's client.
    """

    def __init__(self, client: "DynamoDBClient | None" = None, keys: "KMSClient | None" = None) -> None:
        self._client, self._keys = client or aws.dynamodb(), keys

    def look(self, name: str, until: Deadline) -> Table | None:
        """See `Tables.look`."""
        try:
            answer = self._ask(self._client.describe_table, "the look at", until, TableName=name)
        except ClientError as exc:
            if aws.error_code(exc) == "ResourceNotFoundException":
                return None
            raise
        return _read(answer["Table"])

    def origin(self, name: str, until: Deadline) -> str:
        """The name of the table that it was restored from. Raises CannotRestore where it is the stack's own."""
        table = self.look(name, until)
        if table is None or not table.origin:
            raise CannotRestore(f"{name} is in use, and no restore has made it: give the other table as OLD=name")
        return table.origin.rpartition("/")[2]

    def window(self, name: str, until: Deadline) -> Window | None:
        """See `Tables.window`."""
        answer = self._ask(self._client.describe_continuous_backups, "the look at backups of", until, TableName=name)
        found: Any = answer["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
        if found.get("PointInTimeRecoveryStatus") != "ENABLED":
            return None
        earliest, latest = (found[f"{which}RestorableDateTime"] for which in ("Earliest", "Latest"))
        return Window(earliest=_cut(earliest), latest=_cut(latest))

    def restore(self, source: Table, target: str, at: datetime, until: Deadline) -> None:
        """See `Tables.restore`."""
        encryption = {"SSESpecificationOverride": self._asked(source, until)} if source.encryption else {}
        self._ask(
            self._client.restore_table_to_point_in_time,
            "the restore of",
            until,
            SourceTableName=source.name,
            TargetTableName=target,
            RestoreDateTime=at,
            **encryption,
        )

    def keep_backups(self, name: str, until: Deadline) -> None:
        """See `Tables.keep_backups`."""
        wanted = {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": RECOVERY_DAYS}
        request = {"TableName": name, "PointInTimeRecoverySpecification": wanted}
        self._ask(self._turn_recovery_on, "the update of", until, **request)

    def stream(self, name: str, until: Deadline) -> None:
        """See `Tables.stream`."""
        wanted = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
        self._ask(self._client.update_table, "the update of", until, TableName=name, StreamSpecification=wanted)

    def protect(self, name: str, until: Deadline) -> None:
        """See `Tables.protect`."""
        self._ask(self._client.update_table, "the update of", until, TableName=name, DeletionProtectionEnabled=True)

    def tag_like(self, table: Table, model: Table, until: Deadline) -> None:
        """See `Tables.tag_like`."""
        found = self._ask(self._client.list_tags_of_resource, "the tags of", until, ResourceArn=model.arn)["Tags"]
        tags = [tag for tag in found if not tag["Key"].startswith("aws:")]
        if tags:
            self._ask(self._client.tag_resource, "the tags of", until, ResourceArn=table.arn, Tags=tags)

    def _asked(self, source: Table, until: Deadline) -> dict[str, Any]:
        """Its encryption, as DynamoDB takes it: it wants no id of the key that AWS manages, which KMS alone means."""
        key = source.encryption.get("KMSMasterKeyId")
        if key is None:
            return source.encryption
        look = partial((self._keys or aws.kms()).describe_key, KeyId=key)
        found = resend(look, until, what=f"the look at the key {key}")["KeyMetadata"]
        if found["KeyManager"] != "AWS":
            return source.encryption
        return {name: value for name, value in source.encryption.items() if name != "KMSMasterKeyId"}

    def _turn_recovery_on(self, **request: Any) -> None:  # noqa: ANN401
        try:
            self._client.update_continuous_backups(**request)
        except ClientError as exc:
            # A table that was just made is active before its backups can be turned on.
            if aws.error_code(exc) == "ContinuousBackupsUnavailableException":
                raise aws.Unanswered(str(exc)) from exc
            raise

    def _ask(self, call: Callable[..., T], what: str, until: Deadline, **request: Any) -> T:  # noqa: ANN401
        name = request.get("TargetTableName") or request.get("TableName") or request["ResourceArn"]
        return resend(partial(call, **request), until, what=f"{what} {name}")


def _read(found: Any) -> Table:  # noqa: ANN401
    encryption = found.get("SSEDescription", {})
    has_key = encryption.get("Status") in ("ENABLED", "UPDATING")
    key = {"KMSMasterKeyId": encryption["KMSMasterKeyArn"]} if encryption.get("KMSMasterKeyArn") else {}
    origin = found.get("RestoreSummary", {})
    restored = origin.get("RestoreDateTime")
    return Table(
        name=found["TableName"],
        arn=found["TableArn"],
        status=found["TableStatus"],
        is_protected=found.get("DeletionProtectionEnabled", False),
        stream=found.get("LatestStreamArn", "") if found.get("StreamSpecification", {}).get("StreamEnabled") else "",
        encryption={"Enabled": True, "SSEType": "KMS", **key} if has_key else {},
        origin=origin.get("SourceTableArn", ""),
        restored_to=_cut(restored) if restored else None,
    )


def _cut(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)
