"""Takes guards away, in a copy of the project: the checkout is never touched, whatever happens."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.guards.guard import Cut, Guard

ROOT = Path(__file__).parent.parent.parent
COPIED = ("layers", "stacks", "tests", "local", "pyproject.toml")
SHARED = (".cache",)  # downloads, verified by their hashes
PATIENCE_SECONDS = 120


class GuardNotFound(RuntimeError):
    """A guard's source code doesn't occur exactly once: the table is out of date. The message names file and code."""


class NoVerdict(RuntimeError):
    """A test could not be run to its end, so that it was neither green nor red. The message has its last lines."""


@dataclass(frozen=True)
class Run:
    """One run of a guard's test."""

    passed: bool
    output: str

    @property
    def failures(self) -> list[str]:
        """What went wrong, as the test runner tells it; of the test itself rather than of its tidying up."""
        output = self.output.partition("= FAILURES =")[2] or self.output
        return [line for line in output.splitlines() if line.startswith("E  ")]

    @property
    def evidence(self) -> list[str]:
        """The first lines of it; the last ones of the output where there is none."""
        return self.failures[:8] or self.output.splitlines()[-8:]


@dataclass(frozen=True)
class Trial:
    """A guard's test without the guard; it was green with it."""

    guard: Guard
    broken: Run

    @property
    def verdict(self) -> str:
        """`proved`: red, and for the reason that the table gives."""
        if self.broken.passed:
            return "NOT PROVED: the test stays green"
        if not any(self.guard.shows in line for line in self.broken.failures):
            return f"NOT PROVED: red, but without the words {self.guard.shows!r}"
        return "proved"


def try_each(guards: Sequence[Guard]) -> Iterator[Trial]:
    """Run all the guards' tests, which must be green; then each guard's test without that guard.

    Raises
    ------
    GuardNotFound
        A cut doesn't fit the source.
    NoVerdict
        A test is red with all guards in their places, or can't be run.
    """
    with _copy() as project:
        guarded = _run([guard.test for guard in guards], project)
        if not guarded.passed:
            raise NoVerdict("red with all guards in their places:\n" + "\n".join(guarded.output.splitlines()[-20:]))
        for guard in guards:
            with _without(guard.cuts, project):
                yield Trial(guard, _run([guard.test], project))


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


@contextmanager
def _without(cuts: Sequence[Cut], project: Path) -> Iterator[None]:
    originals = {cut.file: (project / cut.file).read_text() for cut in cuts}
    try:
        for cut in cuts:
            _apply(cut, project / cut.file)
        yield
    finally:
        for file, source in originals.items():
            (project / file).write_text(source)


def _apply(cut: Cut, path: Path) -> None:
    source = path.read_text()
    if source.count(cut.guard) != 1:
        raise GuardNotFound(
            f"{cut.file} has {source.count(cut.guard)} times what guards.py takes for a guard: {cut.guard!r}"
        )
    path.write_text(source.replace(cut.guard, cut.without))


def _run(tests: Sequence[str], project: Path) -> Run:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short", *dict.fromkeys(tests)]
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}  # nothing compiled outlives the source that it was
    try:
        done = subprocess.run(
            command, cwd=project, env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS
        )
    except subprocess.TimeoutExpired as exc:
        raise NoVerdict(f"{' '.join(tests)} did not end within {PATIENCE_SECONDS} s") from exc
    if done.returncode not in (0, 1):  # anything else is no verdict: no such test, a broken import, …
        raise NoVerdict(f"{' '.join(tests)} could not be run:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return Run(done.returncode == 0, done.stdout)
