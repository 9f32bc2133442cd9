"""A table is restored as of the time that was asked for, where point-in-time recovery is on.

AWS restores a table to any second since recovery was turned on, refuses other times, and refuses tables without it. The
emulator copies the table as it is whatever the time, never looks whether recovery is on, and forgets the recovery that
a template asks for. Here a table that has a stream is taken back by its records (kept for 24 hours); one without is
copied as it is.
"""

import json
import time
from collections.abc import Callable
from typing import Any

from local.emulator.patching import module, wrap

Answer = tuple[int, dict[str, str], Any]
Handler = Callable[[dict[str, Any]], Answer]
RECOVERY = "PointInTimeRecoverySpecification"


def apply() -> None:
    """Mend the restore, its window, and tables of templates."""
    tables = module("services.dynamodb")
    wrap(tables, "_restore_table_to_point_in_time", restoring)
    wrap(tables, "_describe_continuous_backups", describing)
    wrap(tables, "_table_description", telling)
    made: Any = module("services.cloudformation.provisioners")._RESOURCE_HANDLERS["AWS::DynamoDB::Table"]  # noqa: SLF001
    for what in ("create", "update"):
        made[what] = recovering(made[what])


def recovering(provision: Callable[..., Any]) -> Callable[..., Any]:
    """Return CloudFormation's handler, which now turns recovery on or off as the template says."""

    def provision_with_recovery(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401
        answer = provision(*arguments, **named)
        properties: dict[str, Any] = [one for one in arguments if isinstance(one, dict)][-1]
        wanted = properties.get(RECOVERY, {}).get("PointInTimeRecoveryEnabled", False)
        module("services.dynamodb")._pitr_settings[answer[0]] = str(wanted).lower() == "true"  # noqa: SLF001
        return answer

    return provision_with_recovery


def describing(describe: Handler) -> Handler:
    """Return the description, from the table's creation on."""

    def describe_window(given: dict[str, Any]) -> Answer:
        status, headers, body = describe(given)
        answer = json.loads(body)
        found = answer.get("ContinuousBackupsDescription", {}).get("PointInTimeRecoveryDescription", {})
        if "EarliestRestorableDateTime" in found:
            found["EarliestRestorableDateTime"] = _table(given["TableName"])["CreationDateTime"]
            body = json.dumps(answer).encode()
        return status, headers, body

    return describe_window


def telling(describe: Callable[[str], dict[str, Any]]) -> Callable[[str], dict[str, Any]]:
    """Return a table's description, with where it was restored from."""

    def describe_origin(name: str) -> dict[str, Any]:
        found = describe(name)
        origin = _table(name).get("RestoreSummary")
        return found | {"RestoreSummary": origin} if origin else found

    return describe_origin


def restoring(restore: Handler) -> Handler:
    """Return the restore, to a time."""

    def restore_to(given: dict[str, Any]) -> Answer:
        tables = module("services.dynamodb")
        source = given.get("SourceTableName") or str(given.get("SourceTableArn", "")).rpartition("/")[2]
        at = float(given.get("RestoreDateTime") or time.time())
        if source in tables._tables and (refusal := _refusal(source, at)):  # noqa: SLF001
            return tables.error_response_json(*refusal, 400)  # type: ignore[no-any-return]
        status, headers, body = restore(given)
        if status == 200:
            target = _table(given["TargetTableName"])
            _take_back(target, tables._live_stream_records(source), at)  # noqa: SLF001
            target["RestoreSummary"] = {
                "SourceTableArn": _table(source)["TableArn"],
                "RestoreDateTime": int(at),
                "RestoreInProgress": False,
            }
        return status, headers, body

    return restore_to


def _refusal(source: str, at: float) -> tuple[str, str] | None:
    if not module("services.dynamodb")._pitr_settings.get(source, False):  # noqa: SLF001
        return (
            "PointInTimeRecoveryUnavailableException",
            f"Point in time recovery is not enabled for table '{source}'",
        )
    if not int(_table(source)["CreationDateTime"]) <= at <= time.time():
        return ("InvalidRestoreTimeException", "The restore time is outside the restore window")
    return None


def _take_back(target: dict[str, Any], records: list[dict[str, Any]], at: float) -> None:
    """Give every key that was written after `at` the last image that it had by then, or none."""
    tables = module("services.dynamodb")
    images: dict[tuple[str, str], Any] = {}
    touched: set[tuple[str, str]] = set()
    for record in records:
        change = record["dynamodb"]
        key = (_key(change, target["pk_name"]), _key(change, target["sk_name"]))
        if float(change["ApproximateCreationDateTime"]) <= at:
            images[key] = change.get("NewImage")
        else:
            touched.add(key)
    for key in touched:
        _set(target["items"], key, images.get(key))
    tables._items_replaced(target)  # noqa: SLF001


def _set(items: dict[str, dict[str, Any]], key: tuple[str, str], image: Any) -> None:  # noqa: ANN401
    partition, sort = key
    if image is None:
        items.get(partition, {}).pop(sort, None)
    else:
        items.setdefault(partition, {})[sort] = image


def _key(change: dict[str, Any], name: str | None) -> str:
    found: str = module("services.dynamodb")._extract_key_val(change["Keys"][name]) if name else "__no_sort__"  # noqa: SLF001
    return found


def _table(name: str) -> Any:  # noqa: ANN401
    return module("services.dynamodb")._tables[name.rpartition("/")[2]]  # noqa: SLF001
