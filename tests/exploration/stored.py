"""What is stored in the services, as values that can be put back."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from tallygate.batch.memory import MemoryBatchStore
from tallygate.batch.memory_objects import MemoryObjectStore
from tallygate.batch.records import Manifest, Progress
from tallygate.events.memory import MemoryCommitLog
from tests.simulation.effects import effects


class Stored:
    """The twins that all actors share, and every content that they have had.

    Attributes
    ----------
    memory, objects, log : MemoryBatchStore, MemoryObjectStore, MemoryCommitLog
    """

    def __init__(self) -> None:
        self.memory, self.objects, self.log = MemoryBatchStore(), MemoryObjectStore(), MemoryCommitLog()
        self._contents: list[tuple[dict[Any, Any], ...]] = []
        self._numbers: dict[object, int] = {}

    @property
    def effects(self) -> Counter[str]:
        """How often each took place."""
        return Counter(effect for commit in self.log._commits.values() for effect in effects(commit))

    def keep(self) -> int:
        """The number of what is stored now; the same content has the same number."""
        # How many attempts there were decides nothing here.
        progress = self.memory._progress
        progress.update({key: replace(held, attempts=0) for key, held in progress.items() if held.attempts})
        contents = self._parts()
        key = tuple(frozenset((name, _key(value)) for name, value in part.items()) for part in contents)
        number = self._numbers.setdefault(key, len(self._contents))
        if number == len(self._contents):
            self._contents.append(tuple(dict(part) for part in contents))
        return number

    @property
    def contents(self) -> int:
        """How many different ones there were."""
        return len(self._contents)

    def restore(self, number: int) -> None:
        """Put back what had this number."""
        memory, log = self.memory, self.log
        parts = self._contents[number]
        memory._records, memory._progress, log._commits, log._heads = (dict(part) for part in parts)

    def after(self, number: int, act: Callable[[], Any]) -> tuple[Any, int]:
        """What `act` answers where this is stored, and the number of what is stored then."""
        self.restore(number)
        answer = act()
        return answer, self.keep()

    def _parts(self) -> tuple[dict[Any, Any], ...]:
        memory, log = self.memory, self.log
        return memory._records, memory._progress, log._commits, log._heads


def _key(value: Any) -> object:
    if isinstance(value, Manifest):
        return value.batch  # it never changes
    return repr(value) if isinstance(value, Progress) else value  # which holds dictionaries
