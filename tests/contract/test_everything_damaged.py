"""A damaged, incomplete or other export is refused in words that say what to do."""

import json
from collections.abc import Callable
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from tallygate.errors import InvalidInput
from tallygate.events.everything import CorruptExport, read_export
from tests.conftest import ANYBODY
from tests.contract.exporter import PREFIX, export, manifest
from tests.contract.test_everything import items_of, some_commits, uploaded


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("exportType", "INCREMENTAL_EXPORT", "exportType INCREMENTAL_EXPORT: export the table again with FULL_EXPORT"),
        ("outputFormat", "ION", "outputFormat ION: export the table again with DYNAMODB_JSON"),
    ],
)
def test_other_kinds_of_exports_are_refused(tmp_path: Path, field: str, value: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        read_export(export(tmp_path / "e", [], summary={field: value}))


def cut_off(folder: Path, file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-40])


def cut_off_and_listed_so(folder: Path, file: Path) -> None:
    cut_off(folder, file)
    manifest(folder, dict.fromkeys([path.name for path in folder.glob("data/*")], 30))


def appended(folder: Path, file: Path) -> None:
    file.write_bytes(file.read_bytes() + b"\0")


def listed_with_one_item_more(folder: Path, file: Path) -> None:
    path = folder / "manifest-files.json"
    first, *rest = path.read_text().splitlines()
    entry = json.loads(first)
    path.write_text("\n".join([json.dumps(entry | {"itemCount": entry["itemCount"] + 1}), *rest]))


def unlisted(folder: Path, file: Path) -> None:
    path = folder / "manifest-files.json"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[1:]))


def twice(folder: Path, file: Path) -> None:
    path = folder / "manifest-files.json"
    path.write_text(path.read_text() + path.read_text().splitlines()[0])


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder, file: file.unlink(), r"0\.json\.gz is missing: copy the whole folder"),
        (lambda folder, file: (folder / "manifest-files.json").unlink(), "manifest-files.json is missing"),
        (lambda folder, file: (folder / "manifest-summary.json").unlink(), "only once DynamoDB has completed it"),
        (lambda folder, file: (folder / "manifest-summary.json").write_text("{"), "manifest-summary.json can't be"),
        (lambda folder, file: (folder / "manifest-files.json").write_text("{}"), "line 1 of manifest-files.json"),
        (cut_off, "is damaged or cut off"),
        (cut_off_and_listed_so, "is damaged or cut off"),
        (appended, "has the MD5 .*, the manifest says"),
        (listed_with_one_item_more, r"has 30 items, the manifest says 31"),
        (unlisted, "the export has 60 items, its summary says 90"),
        (twice, "the export has 120 items, its summary says 90"),
    ],
)
def test_a_damaged_export_is_an_error_before_anything_is_handed_out(
    tmp_path: Path, damage: Callable[[Path, Path], object], message: str
) -> None:
    folder = export(tmp_path / "e", items_of(some_commits()))
    damage(folder, min(folder.glob("data/*")))
    with pytest.raises(CorruptExport, match=message):
        next(read_export(folder, spool=tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["e"]  # the spool is gone


def test_a_version_that_is_there_twice_and_a_line_that_is_no_item_are_errors(tmp_path: Path) -> None:
    items = items_of(some_commits()[:1])
    with pytest.raises(CorruptExport, match="a version of a stream twice"):
        next(read_export(export(tmp_path / "twice", [*items, *items])))
    with pytest.raises(CorruptExport, match="is no item of an events table"):
        next(read_export(export(tmp_path / "none", [{"pk": {"S": "a"}, "sk": {"S": "b"}}])))


def test_a_file_missing_in_s3_is_named(tmp_path: Path) -> None:
    with mock_aws():
        folder = uploaded(export(tmp_path / "e", items_of(some_commits())))
        boto3.client("s3", **ANYBODY).delete_object(Bucket="backups", Key=f"{PREFIX}/manifest-files.json")
        with pytest.raises(CorruptExport, match=f"s3://backups/{PREFIX}/manifest-files.json is missing"):
            next(read_export(folder))
