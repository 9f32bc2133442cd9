"""Every commit of a table, read from a full export of point-in-time recovery ("Export to S3")."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from tallygate.events.everything.checkpoint import Checkpoint, Place
from tallygate.events.everything.data_file import lines
from tallygate.events.everything.errors import CorruptExport
from tallygate.events.everything.files import ExportFiles, Folder
from tallygate.events.everything.manifest import DataFile, Summary, read_files, read_summary
from tallygate.events.everything.reading import Reading, Sequences
from tallygate.events.everything.scan import no_overflow
from tallygate.events.everything.spool import Row, Spool
from tallygate.events.items import SNAPSHOT_SORT_KEY, Fetch, read_commit


class _Text(msgspec.Struct):
    value: str = msgspec.field(name="S")


class _Number(msgspec.Struct):
    value: str = msgspec.field(name="N")


class _Key(msgspec.Struct):
    pk: _Text
    sk: _Number


class _Line(msgspec.Struct):
    item: _Key = msgspec.field(name="Item")


_key = msgspec.json.Decoder(_Line).decode


def read_export(
    files: ExportFiles | Path, *, fetch: Fetch | None = None, after: str = "", spool: Path | None = None
) -> Reading:
    """Every commit of an export, by stream and version. It is as the table was at the export's time.

    With the first step all of it is read, checked and sorted on disk: until then nothing is handed out. Reading on from
    a checkpoint does that again, for the commits that are left.

    Parameters
    ----------
    files : ExportFiles or Path
        The folder that holds `manifest-summary.json`: local as a path, in S3 as `S3Folder`.
    fetch : callable, optional
        An overflow object by its key. None: such a commit is an error.
    after : str
        A checkpoint of an earlier reading of the same export.
    spool : Path, optional
        Where to sort: as much room as the export has unpacked. Default: where temporary files go.

    Raises
    ------
    InvalidInput, WrongCheckpoint
        It is an incremental export, or one in ION, or the checkpoint is another's: before any data are read.
    CorruptExport, CorruptStream, NoFetch, Unavailable
        Also while it is read.
    """
    source = Folder(files) if isinstance(files, Path) else files
    summary = read_summary(source)
    checkpoint = Checkpoint.begin("export", summary.export_arn, 1, after=after)
    return Reading(_sequence(source, summary, checkpoint.places[0], fetch or no_overflow, spool), checkpoint)


def _sequence(files: ExportFiles, summary: Summary, place: Place, fetch: Fetch, folder: Path | None) -> Sequences:
    if place.done:
        return
    with Spool.at(folder) as spool:
        spool.fill(_rows(files, summary, place))
        for line in spool.lines():
            yield 0, read_commit(_item(line), fetch)
    yield 0, None


def _rows(files: ExportFiles, summary: Summary, place: Place) -> Iterator[Row]:
    """The commits after the place, in no order. At the end everything has been counted, snapshots included."""
    count = 0
    for file in read_files(files):
        for line in lines(files, file):
            count += 1
            stream, sort_key = _key_of(line, file)
            if sort_key != SNAPSHOT_SORT_KEY and (stream, int(sort_key)) > (place.stream, place.version):
                yield stream, int(sort_key), line
    if count != summary.item_count:
        raise CorruptExport(
            f"the export has {count} items, its summary says {summary.item_count}: copy it again, or export again"
        )


def _key_of(line: bytes, file: DataFile) -> tuple[str, str]:
    try:
        key = _key(line).item
        int(key.sk.value)
    except ValueError as exc:
        raise CorruptExport(
            f"{file.name} has a line that is no item of an events table ({exc}): is it this table's export?"
        ) from exc
    return key.pk.value, key.sk.value


def _item(line: bytes) -> dict[str, Any]:
    return {name: _attribute(value) for name, value in msgspec.json.decode(line)["Item"].items()}


def _attribute(value: dict[str, Any]) -> dict[str, Any]:
    """As boto3 gives it: binary values as bytes; all of a commit's are at the top."""
    return {"B": base64.b64decode(value["B"])} if "B" in value else value
