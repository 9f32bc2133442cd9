"""Every interleaving of a few actors, with every fault at every place, as far as the budgets go.

A state is what is stored, the time, and for each actor what it was told so far. Actors are deterministic functions of
what they were told, so that two runs that meet in a state have the same futures: each state is gone through once.
Actors are therefore run only once for each thing that they can be told, not once for each state; and a call is made
only once on each thing that can be stored. All else is a search in a graph of numbers.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from local.simulation import Crashed, Kind
from tallygate.errors import Unavailable
from tests.exploration.actors import Moment, Node, Nodes, Program
from tests.exploration.question import Fate, Question
from tests.exploration.stored import Stored

State = tuple[int, int, int, int, tuple[int, ...]]  # stored, tick, faults left, crashes left, nodes
UNANSWERED = {Fate.LOST_AND_GIVEN_UP, Fate.GIVEN_UP}


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What may happen in one run.

    Parameters
    ----------
    ticks : int
        How often time jumps.
    faults : int
        Unanswered calls.
    crashes : int
    """

    ticks: int = 0
    faults: int = 0
    crashes: int = 0


@dataclass(slots=True)
class Explored:
    """What was found.

    Parameters
    ----------
    states, transitions, ends : int
        `ends`: states in which every actor has ended.
    stored : int
        Different contents of the services.
    """

    states: int = 0
    transitions: int = 0
    ends: int = 0
    stored: int = 0
    runs_of_actors: int = 0
    fates: dict[Fate, int] = field(default_factory=dict)


class Explorer:
    """Goes through all states.

    Parameters
    ----------
    stored : Stored
        As it is in the beginning.
    moment : Moment
        What the actors' clocks look at.
    actors : sequence of Program
    budget : Budget
    always : callable
        `(before, after) -> None`, numbers of contents: called once for each that follows another.
    at_the_end : callable
        `(stored, results)`: called for each state in which all have ended.
    """

    def __init__(
        self,
        stored: Stored,
        moment: Moment,
        actors: Sequence[Program],
        budget: Budget,
        *,
        always: Callable[[int, int], None],
        at_the_end: Callable[[int, tuple[Any, ...]], None],
    ) -> None:
        self._stored = stored
        self._nodes = Nodes(moment)
        self._actors = actors
        self._budget = budget
        self._always = always
        self._at_the_end = at_the_end
        self._calls: dict[tuple[int, int, bool], tuple[Any, str, int]] = {}
        self._followed: set[tuple[int, int]] = set()
        self.explored = Explored()

    def explore(self) -> Explored:
        """Go through all states; depth first, so that what waits stays small."""
        first = self._stored.keep()
        self._always(first, first)
        nodes = tuple(self._nodes.start(actor).number for actor in self._actors)
        start: State = (first, 0, self._budget.faults, self._budget.crashes, nodes)
        self._seen: dict[State, tuple[State, str] | None] = {start: None}
        waiting = [start]
        explored = self.explored
        while waiting:
            state = waiting.pop()
            ended = True
            for label, after in self._steps(state):
                ended = False
                explored.transitions += 1
                if after not in self._seen:
                    self._seen[after] = (state, label)
                    waiting.append(after)
                    self._follow(state, after)
            if ended:
                explored.ends += 1
                self._end(state)
        explored.states, explored.runs_of_actors = len(self._seen), len(self._nodes.all)
        explored.stored = self._stored.contents
        return explored

    def way_to(self, state: State) -> list[str]:
        """What happened on the way to a state."""
        way = []
        step = self._seen[state]
        while step is not None:
            state, label = step
            way.append(label)
            step = self._seen[state]
        return way[::-1]

    def _steps(self, state: State) -> Iterator[tuple[str, State]]:
        stored, tick, faults, crashes, nodes = state
        open_calls = False
        for place, number in enumerate(nodes):
            node = self._nodes.all[number]
            question = node.question
            if question is None:
                continue
            open_calls = True
            for fate in self._fates(question, faults, crashes):
                step = self._step(stored, tick, node, question, fate)
                if step is None:
                    continue
                after, then = step
                faulty = fate in UNANSWERED or fate is Fate.LOST
                yield (
                    f"{node.actor.name}: {question.asks} ({fate.value})",
                    (
                        after,
                        tick,
                        faults - faulty,
                        crashes - (fate is Fate.CRASH),
                        (*nodes[:place], then, *nodes[place + 1 :]),
                    ),
                )
        if open_calls and tick < self._budget.ticks:
            yield f"time jumps to {tick + 1}", (stored, tick + 1, faults, crashes, nodes)

    def _fates(self, question: Question, faults: int, crashes: int) -> Iterator[Fate]:
        yield Fate.GO
        if question.kind is Kind.EVENTUAL:
            yield Fate.STALE
        if faults:
            yield Fate.GIVEN_UP
            if question.kind is Kind.WRITE:
                yield Fate.LOST
                yield Fate.LOST_AND_GIVEN_UP
        if crashes:
            yield Fate.CRASH

    def _step(self, stored: int, tick: int, node: Node, question: Question, fate: Fate) -> tuple[int, int] | None:
        """What is stored then, and the actor's node; None where nothing is different from `GO`."""
        if fate is Fate.CRASH:
            return stored, self._nodes.after(node, Crashed(), "crash", tick).number
        if fate is Fate.GIVEN_UP:
            return stored, self._give_up(node, tick)
        answer, key, after = self._call(stored, node, question, stale=fate is Fate.STALE)
        if fate is Fate.LOST:
            return after, node.number
        if fate is Fate.LOST_AND_GIVEN_UP:
            return after, self._give_up(node, tick)
        if fate is Fate.STALE and key == self._call(stored, node, question, stale=False)[1]:
            return None
        return after, self._nodes.after(node, answer, key, tick).number

    def _give_up(self, node: Node, tick: int) -> int:
        return self._nodes.after(node, Unavailable("no answer before the deadline"), "unavailable", tick).number

    def _call(self, stored: int, node: Node, question: Question, *, stale: bool) -> tuple[Any, str, int]:
        made = self._calls.get((stored, node.number, stale))
        if made is None:
            act = question.stale if stale and question.stale is not None else question.act
            answer, after = self._stored.after(stored, act)
            made = self._calls[stored, node.number, stale] = answer, _key(answer), after
        return made

    def _follow(self, before: State, after: State) -> None:
        pair = before[0], after[0]
        if pair not in self._followed:
            self._followed.add(pair)
            try:
                self._always(*pair)
            except AssertionError as exc:
                raise AssertionError("\n".join([str(exc), *self.way_to(after)])) from exc

    def _end(self, state: State) -> None:
        results = tuple(self._nodes.all[number].result for number in state[4])
        try:
            self._at_the_end(state[0], results)
        except AssertionError as exc:
            raise AssertionError("\n".join([str(exc), *self.way_to(state)])) from exc


def _key(answer: Any) -> str:
    return f"{answer!r} {getattr(answer, 'winner', '')!r}"
