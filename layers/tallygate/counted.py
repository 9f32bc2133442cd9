"""Counts by the names of metrics. Standard library only: every function imports it, whatever else it needs."""

import threading
from collections import Counter
from collections.abc import Mapping


class Counts:
    """Adds up until it is taken. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def add(self, **counts: int) -> None:
        """So many more of each; 0 is told too."""
        with self._lock:
            for name, count in counts.items():
                self._counts[name] += count

    def take(self) -> Mapping[str, int]:
        """The counts since the last time; what was never added is left out."""
        with self._lock:
            taken, self._counts = self._counts, Counter()
        return taken


STORE = Counts()
"""Of the event stores of this process that are deployed."""
