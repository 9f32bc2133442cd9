"""A server on this machine that lives as long as a `with` block, and no longer."""

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from local.ports import free_port

GUARD = Path(__file__).with_name("guard.py")
LOOPBACK = "127.0.0.1"


class ServerError(RuntimeError):
    """A local server did not start, or ended too early. The message names its log."""


class Server:
    """One child process that listens on a free port of 127.0.0.1, its output going to a log file.

    Subclasses say which `command` to run; the port is chosen anew for each try, as another process may take
    it between our choice and the server's start.
    """

    name = "server"
    patience_seconds = 30.0
    tries = 3

    def __init__(self, *, log: Path) -> None:
        self.log = log
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> Sequence[str]:
        """Return the command line for `self.port`."""
        raise NotImplementedError

    def process_environment(self) -> Mapping[str, str] | None:
        """Return the whole environment of the process, or None for our own."""
        return None

    def healthy(self) -> bool:
        """Whether the server answers. Any HTTP answer will do, unless a subclass knows better."""
        return answers(self.endpoint)

    @property
    def endpoint(self) -> str:
        """`http://127.0.0.1:<port>`."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def pid(self) -> int:
        """The process id of the server's guard, 0 when it does not run."""
        return self._process.pid if self._process else 0

    def start(self) -> Self:
        """Start and wait until healthy. Raises ServerError."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        for _ in range(self.tries):
            self.port = free_port()
            self._spawn()
            if self._await_health():
                return self
            self.stop()
        raise ServerError(f"{self.name} did not start: {last_line(self.log)} (more in {self.log})")

    def stop(self) -> None:
        """End the process and whatever it started. Does nothing when it has ended already."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def running(self) -> bool:
        """Whether the process is there. It may be there without being healthy."""
        return self._process is not None and self._process.poll() is None

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:  # a Ctrl-C while we wait for health must not leave the process behind
            self.stop()
            raise

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop()

    def _spawn(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-IS", str(GUARD), *self.command()],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=self.process_environment(),
                cwd=self.log.parent,
                start_new_session=True,
            )

    def _await_health(self) -> bool:
        return wait_until(lambda: self.healthy() or not self.running(), self.patience_seconds) and self.running()


def last_line(log: Path) -> str:
    """Return the last line that is not empty."""
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"


def answers(url: str) -> bool:
    """Whether anything speaks HTTP at `url`, whatever it says."""
    try:
        with urllib.request.urlopen(url, timeout=2):  # noqa: S310  # our own http address
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def wait_until(condition: Callable[[], bool], seconds: float, *, every: float = 0.05) -> bool:
    """Poll `condition`, each `every` seconds, until it holds (True) or `seconds` have passed (False)."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True
