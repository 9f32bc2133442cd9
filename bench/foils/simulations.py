"""The runs in simulated time, each by its name and seed, so that processes can share them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench.foils.chunk_records import NAME
from bench.foils.designs import DESIGNS
from bench.foils.distributed_map import BatchedMap, DistributedMap
from bench.foils.ids import ids
from bench.foils.outcome import Outcome
from bench.foils.simulated.chunks import simulate_chunks
from bench.foils.simulated.map_run import simulate_map
from bench.foils.simulated.queue import Twice
from bench.foils.simulated.run import CALM, FAULTS, ONCE, TWICE, Scene, simulate
from local.simulation import Faults

_RUNS: Mapping[str, Callable[[Scene], Outcome]] = {
    **{kind.name: lambda scene, kind=kind: simulate(kind, scene) for kind in DESIGNS},  # type: ignore[misc]
    **{
        kind.name: lambda scene, kind=kind: simulate_map(kind, scene)  # type: ignore[misc]
        for kind in (DistributedMap, BatchedMap)
    },
    NAME: simulate_chunks,
}
NAMES = tuple(_RUNS)
ROUGH = Faults(refused=0.2, lost=0.2, crash=0.02)
ROUGH_TWICE = Twice(soon=0.2, late=0.05)


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """One run.

    Parameters
    ----------
    design : str
    items, seed : int
    faults : Faults
    twice : Twice
    """

    design: str
    items: int
    seed: int
    faults: Faults = FAULTS
    twice: Twice = TWICE

    def run(self) -> Outcome:
        """Run it to its end."""
        return _RUNS[self.design](self.scene())

    def scene(self) -> Scene:
        """The scene before its first act."""
        return Scene.make(seed=self.seed, items=self.items, faults=self.faults, twice=self.twice)


def calm(design: str, items: int, seed: int) -> Simulation:
    """Nothing goes wrong, nothing comes twice."""
    return Simulation(design=design, items=items, seed=seed, faults=CALM, twice=ONCE)


def rough(seed: int) -> Outcome:
    """Tallygate with four times the faults, forty times the deaths, and small chunks."""
    scene = Simulation(design=NAME, items=1000, seed=seed, faults=ROUGH, twice=ROUGH_TWICE).scene()
    return simulate_chunks(scene, chunk_size=10)


@dataclass(frozen=True, kw_only=True)
class Poisoned:
    """One item whose function fails each time: what was done, and what is counted."""

    design: str
    items: int
    done: int
    counted: int


def poisoned(design: str, seed: int) -> Poisoned:
    """A batch of 1,000 in which one item always fails, where a design has a word for that."""
    scene = calm(design, 1000, seed).scene()
    poison = frozenset({ids(1000)[550]})
    kinds = {kind.name: kind for kind in (DistributedMap, BatchedMap)}
    outcome = simulate_map(kinds[design], scene, poison) if design in kinds else simulate_chunks(scene, poison=poison)
    return Poisoned(design=design, items=1000, done=len(scene.judge.worked), counted=outcome.counted)
