"""Watches the batches table while it is written: what is put once may neither change nor vanish."""

import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from local.deployment import BATCHES_TABLE, Deployment
from tests.trial.evidence import Row, scan

POLL_SECONDS = 2.0
SAID_EVERY = 15


class Watch:
    """Every record but the progress, as it was seen first.

    Parameters
    ----------
    deployment : Deployment
    say : callable
        Told now and then how many there are.
    """

    def __init__(self, deployment: Deployment, say: Callable[[str], None]) -> None:
        self._deployment = deployment
        self._say = say
        self._seen: dict[tuple[str, str], Row] = {}
        self._done = threading.Event()
        self.problems: list[str] = []
        self.looks = 0

    @contextmanager
    def watching(self) -> Iterator["Watch"]:
        """Look again and again meanwhile, and once more at the end."""
        thread = threading.Thread(target=self._watch, daemon=True, name="watch")
        thread.start()
        try:
            yield self
        finally:
            self._done.set()
            thread.join()

    @property
    def records(self) -> int:
        """How many were seen."""
        return len(self._seen)

    def look(self) -> None:
        """Compare what is there with what was."""
        now = {(row["pk"], row["sk"]): row for row in scan(self._deployment, BATCHES_TABLE)}
        now = {key: row for key, row in now.items() if "#progress#" not in key[1]}
        for key, before in self._seen.items():
            if now.get(key) != before:
                self.problems.append(f"watch: {key} was {before}, and is {now.get(key)}")
        self._seen |= now
        self.looks += 1
        if self.looks % SAID_EVERY == 0:
            self._say(f"  {self.records} records by now")

    def _watch(self) -> None:
        try:
            while not self._done.wait(POLL_SECONDS):
                self.look()
            self.look()
        except Exception:  # noqa: BLE001 (a watch that ended early proves nothing)
            self.problems.append(f"watch: {traceback.format_exc(limit=2)}")
