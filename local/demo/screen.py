"""What a human reads while the demo runs, on standard error: steps with their times, a progress bar, sentences."""

import contextlib
import time
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

LEADER = 62
LINE_EVERY_SECONDS = 10.0


class Screen:
    """Standard error. Plain lines when it is no terminal."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._started = time.monotonic()

    def say(self, text: str) -> None:
        """Print one line."""
        self._console.print(text, markup=False)

    def seconds(self) -> float:
        """Return the time since the start."""
        return time.monotonic() - self._started

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Name a step when it begins (on a terminal) and tell its time when it has ended well."""
        started = time.monotonic()
        with self._console.status(name):
            yield
        self.done(name, time.monotonic() - started)

    def done(self, name: str, seconds: float) -> None:
        """Print a finished step's line."""
        self.say(f"{name} {'.' * max(2, LEADER - len(name))} {seconds:5.1f} s")

    @contextlib.contextmanager
    def bar(self, total: int) -> Iterator[Callable[[int, str], None]]:
        """Show progress towards `total` items; call what is yielded with the items done and a remark."""
        columns = (
            TextColumn("  items"),
            BarColumn(bar_width=32),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[remark]}"),
        )
        if not self._console.is_terminal:
            yield self._lines(total)
            return
        with Progress(*columns, console=self._console, transient=True) as progress:
            task = progress.add_task("items", total=total, remark="")

            def update(done: int, remark: str) -> None:
                progress.update(task, completed=min(done, total), remark=remark)

            yield update

    def _lines(self, total: int) -> Callable[[int, str], None]:
        """Return an update that prints a line now and then: a log is no place for a bar."""
        last = time.monotonic()

        def update(done: int, remark: str) -> None:
            nonlocal last
            if time.monotonic() - last > LINE_EVERY_SECONDS:
                last = time.monotonic()
                self.say(f"  {min(done, total)} of {total} items, {remark}")

        return update
