"""The data set is the one that the figures are about."""

from pathlib import Path

import pytest

from local import flights, pinned


def test_the_first_rows_come_unchanged(tmp_path: Path) -> None:
    manifest = tmp_path / "flights.csv"
    flights.write_manifest(manifest, 10_000)
    first, second, *_ = manifest.read_bytes().splitlines(keepends=True)
    assert first.startswith(b"year,month,day,dep_time,sched_dep_time,")
    assert second.startswith(b"2013,1,1,517,515,2,830,819,11,UA,1545,N14228,EWR,IAH,227,1400,")
    counted = flights.truth(manifest)
    assert (counted.items, counted.distance) == (10_000, 10_240_419)
    assert counted.streams["aircraft-unknown"] == 14
    assert sum(counted.streams.values()) == 10_000


def test_january_is_counted(tmp_path: Path) -> None:
    manifest = tmp_path / "flights.csv"
    flights.write_manifest(manifest, 27_004)
    counted = flights.truth(manifest, hot=True)
    assert (counted.items, counted.distance, len(counted.streams)) == (27_004, 27_188_805, 16)
    ((busiest, rows),) = flights.longest(counted.streams)
    assert (busiest, rows) == ("carrier-UA", counted.streams["carrier-UA"])


def test_all_rows_are_there() -> None:
    assert sum(1 for _ in flights.lines()) == flights.ROWS + 1


def test_another_file_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "flights.csv.zip"
    other.write_bytes(b"something else")
    with pytest.raises(pinned.DownloadError, match=r"flights\.csv\.zip is not the file this version was made with"):
        pinned.demand(other, found=pinned.sha256(other), pinned=flights.DATA_SHA256)


def test_a_download_that_fails_is_one_line() -> None:
    with pytest.raises(pinned.DownloadError, match="the records: no-such-tool is not installed"):
        pinned.run(["no-such-tool"], what="the records")


def test_a_folder_appears_complete_or_not_at_all(tmp_path: Path) -> None:
    def fill(folder: Path) -> None:
        (folder / "half").touch()
        raise pinned.DownloadError("the line went dead")

    with pytest.raises(pinned.DownloadError):
        pinned.once(tmp_path / "download", fill)
    assert list(tmp_path.iterdir()) == []
