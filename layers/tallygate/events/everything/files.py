"""The port: the files of an export."""

from pathlib import Path
from typing import BinaryIO, Protocol

from tallygate.events.everything.errors import CorruptExport


class ExportFiles(Protocol):
    """The folder that holds `manifest-summary.json`, wherever it is."""

    def open(self, name: str) -> BinaryIO:
        """A file by its name below the folder, to be read from the start, once.

        Raises
        ------
        CorruptExport
            It is missing.
        Unavailable
            Also while it is read.
        """
        ...


class Folder:
    """An export in a local folder."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def open(self, name: str) -> BinaryIO:
        """See `ExportFiles.open`."""
        try:
            return (self._path / name).open("rb")
        except FileNotFoundError as exc:
            raise missing(str(self._path / name)) from exc


def missing(where: str) -> CorruptExport:
    """The error for a file that is not there."""
    return CorruptExport(
        f"{where} is missing: copy the whole folder of the export (manifest-summary.json, manifest-files.json, data/), "
        "and only once DynamoDB has completed it"
    )
