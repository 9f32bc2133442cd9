"""Runs one command and ends it, with everything it started, when our own standard input closes.

    python guard.py COMMAND [ARGUMENT ...]

The pipe closes when its owner closes it and also when its owner dies, even by SIGKILL, so no server is ever
left behind. The command gets a session of its own: a Ctrl-C in the terminal reaches the owner alone, which
then stops its servers in order. Standard library only, started without site-packages (`python -IS`).
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from types import FrameType

GRACE_SECONDS = 3.0
"""How long the command may take to end by itself after SIGTERM."""


def main(command: list[str]) -> int:
    """Run `command` to its end, or to the end of standard input. Returns its exit status."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    closed = threading.Event()

    def close(_signal: int = 0, _frame: FrameType | None = None) -> None:
        closed.set()

    def await_end_of_input() -> None:
        sys.stdin.buffer.read()
        close()

    def await_end_of_child() -> None:
        child.wait()
        close()

    for wanted in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(wanted, close)
    for waiting in (await_end_of_input, await_end_of_child):
        threading.Thread(target=waiting, daemon=True).start()
    closed.wait()
    return end(child)


def end(child: subprocess.Popen[bytes]) -> int:
    """End `child` and its process group: first asked, then killed."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(timeout=GRACE_SECONDS)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    return child.wait()


if __name__ == "__main__":
    sys.stdout.flush()
    os._exit(main(sys.argv[1:]) & 0xFF)  # a thread may still be reading standard input: it must not hold us
