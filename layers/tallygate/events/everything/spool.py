"""A spool on disk that takes items in any order and gives them by stream and version."""

import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tallygate.events.everything.errors import CorruptExport

CACHE_KIB = 32 * 1024
Row = tuple[str, int, bytes]  # stream, version, the item's line


class Spool:
    """Rows in SQLite, in a temporary file."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    @classmethod
    @contextmanager
    def at(cls, folder: Path | None) -> "Iterator[Spool]":
        """An empty spool in the folder (default: where temporary files go), removed at the end.

        It needs as much room as the export has unpacked, and while it sorts about 100 bytes a commit where temporary
        files go.
        """
        with (
            tempfile.TemporaryDirectory(prefix="export-", dir=folder, ignore_cleanup_errors=True) as place,
            closing(sqlite3.connect(Path(place) / "spool.sqlite", isolation_level=None, check_same_thread=False)) as db,
        ):
            # It is rebuilt after a crash: nothing is synced or journalled. The cache is the bound on memory.
            for pragma in (f"cache_size=-{CACHE_KIB}", "journal_mode=OFF", "synchronous=OFF", "temp_store=FILE"):
                db.execute(f"PRAGMA {pragma}")
            db.execute("CREATE TABLE items (stream TEXT NOT NULL, version INTEGER NOT NULL, line BLOB NOT NULL)")
            yield cls(db)

    def fill(self, rows: Iterable[Row]) -> None:
        """Take all rows, and sort them.

        Raises
        ------
        CorruptExport
            A stream has a version twice.
        """
        self._database.execute("BEGIN")
        self._database.executemany("INSERT INTO items VALUES (?, ?, ?)", rows)
        self._database.execute("COMMIT")
        try:
            # Sorted once and on disk; an index that is there from the start would be written to all over the place.
            self._database.execute("CREATE UNIQUE INDEX in_order ON items (stream, version)")
        except sqlite3.IntegrityError as exc:
            raise CorruptExport(
                "the export has a version of a stream twice: it was put together from several. Copy one export"
            ) from exc

    def lines(self) -> Iterator[bytes]:
        """The items' lines by stream, then by version."""
        with closing(self._database.cursor()) as cursor:
            cursor.execute("SELECT line FROM items INDEXED BY in_order ORDER BY stream, version")
            for (line,) in cursor:
                yield line
