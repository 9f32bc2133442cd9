"""All that one run has found, as JSON and as a table."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bench.peers.measures import Cost, Pace, Reading
from bench.peers.trials import Verdict


@dataclass(frozen=True, kw_only=True)
class Row:
    """What was found about one store."""

    versions: Mapping[str, str]
    remark: str
    write_units: Mapping[int, Cost]
    pace: Pace
    reading: Reading
    race: Verdict
    lost_answer: Verdict
    long_stream: Verdict


@dataclass(frozen=True, kw_only=True)
class Result:
    """One run. `platform`: what it ran on; `rows`: by the store's name."""

    date: str
    seconds: float
    platform: Mapping[str, str]
    rows: Mapping[str, Row]

    def json(self) -> dict[str, Any]:
        """Return it as plain dictionaries."""
        return asdict(self)
