"""Actors as trees of what they were answered: each is a deterministic function of its answers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from greenlet import getcurrent

from tests.exploration.question import Question, Run


@dataclass(slots=True, eq=False)
class Node:
    """An actor that has been answered so and so.

    Parameters
    ----------
    number : int
        Among the nodes of all actors.
    actor : Program
    answers : tuple
        All it was told so far, each with the time of day it then saw.
    question : Question or None
        What it asks now; None: it has ended.
    result : Any
        What it returned.
    then : dict
        The nodes after this, by the answer's key and the time.
    """

    number: int
    actor: "Program"
    answers: tuple[tuple[Any, int], ...]
    question: Question | None = None
    result: Any = None
    then: dict[tuple[str, int], "Node"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """What an actor does, from the beginning.

    Parameters
    ----------
    name : str
    live : callable
        Called anew for each node; whatever it needs it makes itself.
    """

    name: str
    live: Callable[[], Any]


class Moment:
    """The time that the actor that runs just now sees, and the ids that it makes."""

    def __init__(self) -> None:
        self.tick = 0
        self._name = ""
        self._ids = 0

    def begin(self, name: str) -> None:
        """An actor is run from its beginning."""
        self._name, self._ids = name, 0

    def new_id(self) -> str:
        """In place of `uuid4`: the same id for the same answers."""
        self._ids += 1
        return f"{self._name}-{self._ids}"


class Nodes:
    """All nodes that were met."""

    def __init__(self, moment: Moment) -> None:
        self._moment = moment
        self.all: list[Node] = []

    def start(self, actor: Program) -> Node:
        """The actor before its first call."""
        return self._node(actor, ((None, 0),))

    def after(self, node: Node, answer: Any, key: str, tick: int) -> Node:
        """The actor once it has been told this."""
        found = node.then.get((key, tick))
        if found is None:
            found = node.then[key, tick] = self._node(node.actor, (*node.answers, (answer, tick)))
        return found

    def _node(self, actor: Program, answers: tuple[tuple[Any, int], ...]) -> Node:
        node = Node(len(self.all), actor, answers)
        self.all.append(node)
        self._moment.begin(actor.name)
        run = Run(lambda _first: actor.live(), getcurrent())
        told: Any = None
        for answer, tick in answers:
            self._moment.tick = tick
            told = run.switch(answer)
        if run.dead:
            node.result = told
        else:
            node.question = told
            _drop(run)
        return node


def _drop(run: Run) -> None:
    """What has been run so far is of no use any more; it reaches nothing while it unwinds."""
    run.dead_process = True
    run.throw()
