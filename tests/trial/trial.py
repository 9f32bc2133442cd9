"""The trial: what runs the scenarios, has them judged, and keeps what they came to."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from tests.trial import evidence, judge
from tests.trial.plan import Batch, Plan
from tests.trial.world import Ended, World


@dataclass
class Trial:
    """All scenarios, and what they came to.

    Parameters
    ----------
    world : World
    plan : Plan
    console : Console
    folder : Path
        For the domain that is deployed in mid-batch.
    """

    world: World
    plan: Plan
    console: Console
    folder: Path
    problems: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    duplicates: dict[str, int] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    def run(self, scenarios: "Mapping[str, Callable[[Trial], None]]") -> None:
        """The scenarios, by name, each judged at its end."""
        for name, scenario in scenarios.items():
            began = time.monotonic()
            try:
                scenario(self)
            except Exception as error:  # noqa: BLE001 (the other scenarios are still to be seen)
                self.problems.append(f"{name}: {type(error).__name__}: {error}")
            self.console.print(f"{name}: {time.monotonic() - began:.0f} s", markup=False)
            self.judged(name)

    def judged(self, when: str, findings: Sequence[judge.Finding] = judge.FINDINGS) -> judge.Case:
        """Judge the tables as they are."""
        case = self.case()
        self.problems += [f"{when}: {problem}" for problem in judge.problems(case, findings)]
        return case

    def case(self) -> judge.Case:
        """The tables as they are."""
        return judge.Case(evidence.generations(self.world.deployment), evidence.commits(self.world.deployment))

    def demand(self, batch: Batch | str, what: str, found: object, wanted: object) -> None:
        """Note a problem unless they are equal."""
        if found != wanted:
            name = batch if isinstance(batch, str) else batch.name
            self.problems.append(f"{name}: {what} is {found!r}, not {wanted!r}")

    def ended(self, batch: Batch, ended: Ended, **wanted: object) -> None:
        """An execution succeeded, and its output has these values."""
        self.demand(batch, "the execution", (ended.status, ended.trouble[:300]), ("SUCCEEDED", ""))
        self.demand(batch, "the output", {name: ended.output.get(name) for name in wanted}, wanted)

    def effects(self, batch: Batch, case: judge.Case, wanted: int) -> None:
        """So many items took effect, each once."""
        effects = case.effects[batch.name]
        self.demand(batch, "effects and items", (effects.total(), len(effects)), (wanted, wanted))

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Keep how long a batch took."""
        began = time.monotonic()
        yield
        self.seconds[name] = time.monotonic() - began
