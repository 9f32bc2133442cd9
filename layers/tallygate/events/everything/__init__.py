"""Every commit of a table, once and each stream in order: from the table, or from an export of it."""

from tallygate.events.everything.errors import CorruptExport, NoFetch, WrongCheckpoint
from tallygate.events.everything.export import read_export
from tallygate.events.everything.files import ExportFiles, Folder
from tallygate.events.everything.reading import Reading
from tallygate.events.everything.s3_files import S3Folder
from tallygate.events.everything.scan import scan

__all__ = [
    "CorruptExport",
    "ExportFiles",
    "Folder",
    "NoFetch",
    "Reading",
    "S3Folder",
    "WrongCheckpoint",
    "read_export",
    "scan",
]
