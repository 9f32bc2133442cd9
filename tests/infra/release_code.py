"""The code of each release, kept beside its templates as `code.tar.gz`, so that upgrades from it run its own handlers.

`python -m tests.infra.release_code` writes that of the present version, as it is in the working tree;
`python -m tests.infra.release_code v0.2.0 92b8297` that of a release, from its commit; the same
bytes each time.
"""

import gzip
import io
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path

from tests.infra.release_templates import RELEASES, folder
from tests.infra.synthesis import ROOT

PARTS = ("lambdas", "layers")
NAME = "code.tar.gz"


def of_the_working_tree() -> dict[str, bytes]:
    """The files that git knows, by path."""
    listed = _git("ls-files", "-z", "--", *PARTS).decode()
    found = (ROOT / path for path in listed.split("\0") if path)
    return {str(path.relative_to(ROOT)): path.read_bytes() for path in found if path.is_file()}


def of_commit(commit: str) -> dict[str, bytes]:
    """The files as a commit has them, by path."""
    found: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(_git("archive", "--format=tar", commit, *PARTS))) as tar:
        for member in tar:
            content = tar.extractfile(member)
            if content is not None:
                found[member.name] = content.read()
    return found


def packed(files: Mapping[str, bytes]) -> bytes:
    """An archive without times, owners and modes."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name in sorted(files):
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(files[name]), 0o644
            tar.addfile(member, io.BytesIO(files[name]))
    return gzip.compress(plain.getvalue(), compresslevel=9, mtime=0)


def unpack(release: str, into: Path) -> Path:
    """Unpack the code of a release, such as `v0.2.0`. Returns the folder."""
    with tarfile.open(RELEASES / release / NAME) as tar:
        tar.extractall(into, filter="data")
    return into


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=True).stdout


def main(arguments: list[str]) -> None:
    """Write it."""
    release, files = (RELEASES / arguments[0], of_commit(arguments[1])) if arguments else (folder(), None)
    release.mkdir(parents=True, exist_ok=True)
    (release / NAME).write_bytes(packed(of_the_working_tree() if files is None else files))
    print((release / NAME).relative_to(ROOT), (release / NAME).stat().st_size, "bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
