"""The state that every store folds its events into: how many, and a digest over them in their order."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Tally:
    """Equal only for the same events in the same order. `drivers/tally.mjs` computes the same."""

    count: int = 0
    digest: str = ""

    def after(self, record: Mapping[str, Any]) -> "Tally":
        """Return the tally that includes one more record."""
        text = self.digest + json.dumps(record, sort_keys=True, separators=(",", ":"))
        return Tally(self.count + 1, hashlib.sha256(text.encode()).hexdigest())


def tally(records: Iterable[Mapping[str, Any]]) -> Tally:
    """Fold records."""
    state = Tally()
    for record in records:
        state = state.after(record)
    return state
