"""Takes guards away, in a copy of the project: the checkout is never touched, whatever happens."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.guards.guards import Cut, Guard

ROOT = Path(__file__).parent.parent.parent
COPIED = ("layers", "tests", "local", "pyproject.toml")
SHARED = (".cache",)  # downloads, verified by their hashes
PATIENCE_SECONDS = 300


class GuardNotFound(RuntimeError):
    """A guard's source code doesn't occur exactly once: the table is out of date. The message names file and code."""


@dataclass(frozen=True)
class Run:
    """One run of one test."""

    passed: bool
    output: str

    @property
    def evidence(self) -> list[str]:
        """What went wrong, as the test runner tells it."""
        lines = [line for line in self.output.splitlines() if line.startswith("E  ")]
        return lines[:12] or self.output.splitlines()[-12:]


@dataclass(frozen=True)
class Trial:
    """A guard's test with the guard, and without it."""

    guard: Guard
    guarded: Run
    broken: Run

    @property
    def proved(self) -> bool:
        """Green with the guard, red without it."""
        return self.guarded.passed and not self.broken.passed


def try_without(guard: Guard) -> Trial:
    """Run the guard's test with and without it.

    Raises
    ------
    GuardNotFound
        A cut doesn't fit the source.
    """
    with _copy() as project:
        guarded = _run(guard.test, project)
        for cut in guard.cuts:
            _apply(cut, project)
        return Trial(guard, guarded, _run(guard.test, project))


@contextmanager
def _copy() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="guards-") as folder:
        project = Path(folder)
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, project / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, project / name)
        for name in SHARED:
            (ROOT / name).mkdir(exist_ok=True)
            (project / name).symlink_to(ROOT / name, target_is_directory=True)
        yield project


def _apply(cut: Cut, project: Path) -> None:
    path = project / cut.file
    source = path.read_text()
    if source.count(cut.guard) != 1:
        raise GuardNotFound(
            f"{cut.file} has {source.count(cut.guard)} times what guards.py takes for a guard: {cut.guard!r}"
        )
    path.write_text(source.replace(cut.guard, cut.without))


def _run(test: str, project: Path) -> Run:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short", test]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS)
    if done.returncode not in (0, 1):  # anything else is no verdict: no such test, a broken import, …
        raise RuntimeError(f"{test} could not be run:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return Run(done.returncode == 0, done.stdout)
