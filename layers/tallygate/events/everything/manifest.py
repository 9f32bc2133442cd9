"""The manifests of an export of DynamoDB to S3, as AWS documents them ("DynamoDB table export output format")."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

import msgspec

from tallygate.errors import InvalidInput
from tallygate.events.everything.errors import CorruptExport
from tallygate.events.everything.files import ExportFiles

SUMMARY, FILES = "manifest-summary.json", "manifest-files.json"


class Summary(msgspec.Struct, rename="camel"):
    """`manifest-summary.json`, as far as it is used."""

    export_arn: str
    item_count: int
    output_format: str
    export_type: str = "FULL_EXPORT"  # older exports don't say


class _Entry(msgspec.Struct):
    item_count: int = msgspec.field(name="itemCount")
    md5_checksum: str = msgspec.field(name="md5Checksum")
    key: str = msgspec.field(name="dataFileS3Key")


@dataclass(frozen=True, slots=True)
class DataFile:
    """One line of `manifest-files.json`.

    Parameters
    ----------
    name : str
        Below the export's folder: an export may have been copied to elsewhere than its keys say.
    items : int
    md5 : str
        Of the compressed bytes, base64.
    """

    name: str
    items: int
    md5: str


def read_summary(files: ExportFiles) -> Summary:
    """What is exported.

    Raises
    ------
    InvalidInput
        It is an export that is not read here.
    CorruptExport
        It can't be read.
    """
    with files.open(SUMMARY) as file:
        text = file.read()
    try:
        summary = msgspec.json.decode(text, type=Summary)
    except ValueError as exc:
        raise CorruptExport(f"{SUMMARY} can't be read ({exc}): copy the export again, or export again") from exc
    for name, is_, must_be in (
        ("exportType", summary.export_type, "FULL_EXPORT"),
        ("outputFormat", summary.output_format, "DYNAMODB_JSON"),
    ):
        if is_ != must_be:
            raise InvalidInput(f"the export has {name} {is_}: export the table again with {must_be}")
    return summary


def read_files(files: ExportFiles) -> Iterator[DataFile]:
    """The data files. Raises `CorruptExport`."""
    with files.open(FILES) as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                entry = msgspec.json.decode(line, type=_Entry)
            except ValueError as exc:
                raise CorruptExport(
                    f"line {number} of {FILES} can't be read ({exc}): copy the export again, or export again"
                ) from exc
            yield DataFile(f"data/{PurePosixPath(entry.key).name}", entry.item_count, entry.md5_checksum)
