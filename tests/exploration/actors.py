"""Actors as trees of what they were answered: each is a deterministic function of its answers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from greenlet import getcurrent

from tests.exploration.question import Question, Run


@dataclass(slots=True, eq=False)
class Node:
    """An actor that has been answered so and so since its last process began.

    Parameters
    ----------
    number : int
        Among the nodes of all actors.
    actor : Program
    stage : Any
        Where it began: what its earlier processes have left to it.
    answers : tuple
        What it was told since, each with the time that it then saw.
    question : Question or None
        What it asks now; None: it has ended.
    result : Any
        The last stage.
    then : dict
        The nodes after this, by the answer's key and the time; the time is None where the actor didn't look at it.
    """

    number: int
    actor: "Program"
    stage: Any
    answers: tuple[tuple[Any, int], ...]
    question: Question | None = None
    result: Any = None
    then: dict[tuple[str, int | None], "Node"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """What an actor does: processes, one after the other. A process has nothing of the one before but its stage.

    Parameters
    ----------
    name : str
    begin : Any
        The first stage.
    live : callable
        One process: takes its stage and returns the next; None from `has_ended` on.
    has_ended : callable
        Of a stage.
    touches : callable
        Of a stage: the keys that this actor may read or write from there to its end.
    """

    name: str
    begin: Any
    live: Callable[[Any], Any]
    has_ended: Callable[[Any], bool]
    touches: Callable[[Any], frozenset[str]]


class Moment:
    """The time that the actor that runs just now sees, and the ids that it makes."""

    def __init__(self) -> None:
        self._tick = 0
        self._name = ""
        self._ids = 0
        self.looked = False

    def begin(self, name: str) -> None:
        """A process is run from its beginning."""
        self._name, self._ids = name, 0

    def set(self, tick: int) -> None:
        """It goes on at this time."""
        self._tick, self.looked = tick, False

    @property
    def tick(self) -> int:
        """What the clock shows."""
        self.looked = True
        return self._tick

    def new_id(self) -> str:
        """In place of `uuid4`: the same id for the same answers."""
        self._ids += 1
        return f"{self._name}-{self._ids}"


class Nodes:
    """All nodes that were met."""

    def __init__(self, moment: Moment) -> None:
        self._moment = moment
        self._roots: dict[tuple[str, Any, int | None], Node] = {}
        self.all: list[Node] = []

    def root(self, actor: Program, stage: Any, tick: int) -> tuple[Node, bool]:
        """The actor where a process of it has just begun, and whether that has looked at the clock."""
        for seen in (None, tick):
            if (actor.name, stage, seen) in self._roots:
                return self._roots[actor.name, stage, seen], seen is not None
        node, looked = self._node(actor, stage, ((None, tick),))
        self._roots[actor.name, stage, tick if looked else None] = node
        return node, looked

    def after(self, node: Node, answer: Any, key: str, tick: int) -> tuple[Node, bool]:
        """The actor once it has been told this, and whether it then looked at the clock."""
        for seen in (None, tick):
            if (key, seen) in node.then:
                return node.then[key, seen], seen is not None
        then, looked = self._node(node.actor, node.stage, (*node.answers, (answer, tick)))
        node.then[key, tick if looked else None] = then
        return then, looked

    def _node(self, actor: Program, stage: Any, answers: tuple[tuple[Any, int], ...]) -> tuple[Node, bool]:
        """The node, and whether the actor has looked at the clock since the last answer."""
        moment = self._moment
        if actor.has_ended(stage):
            return self._add(Node(len(self.all), actor, stage, answers, result=stage)), False
        moment.begin(f"{actor.name}.{stage}")
        run = Run(lambda _first: actor.live(stage), getcurrent())
        told: Any = None
        for answer, tick in answers:
            moment.set(tick)
            told = run.switch(answer)
        looked = moment.looked
        if run.dead:
            root, then_looked = self.root(actor, told, answers[-1][1])
            return root, looked or then_looked
        _drop(run)
        return self._add(Node(len(self.all), actor, stage, answers, question=told)), looked

    def _add(self, node: Node) -> Node:
        self.all.append(node)
        return node


def _drop(run: Run) -> None:
    """What has been run so far is of no use any more; it reaches nothing while it unwinds."""
    run.dead_process = True
    run.throw()
