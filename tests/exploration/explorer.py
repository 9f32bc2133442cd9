"""Every interleaving of a few actors, with every fault at every place, as far as the budgets go.

A state is what is stored, the time, and for each actor what it was told so far. Actors are deterministic functions of
what they were told, so that two runs that meet in a state have the same futures: each state is gone through once.
Actors are therefore run only once for each thing that they can be told, not once for each state; and a call is made
only once on each thing that can be stored. All else is a search in a graph of numbers.

Two reductions, both of which lose no state of what is stored:

- Reads of what never changes (the manifest, its items, the chunk index) and looks at the clock are no turns of their
  own: they commute with everything that others do between the calls around them.
- Where an actor's next call is on a key that no other will touch from here on, and the actor doesn't look at the clock
  after it, only that actor goes on (a persistent set of one): whatever the others do commutes with it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from local.simulation import Crashed, Kind
from tallygate.errors import Unavailable
from tests.exploration.actors import Moment, Node, Nodes, Program
from tests.exploration.question import Fate, Question
from tests.exploration.stored import Stored

State = tuple[int, int, int, int, tuple[int, ...]]  # stored, tick, faults left, crashes left, nodes
Step = tuple[State, int, Fate]  # what is next, by whose call (-1: by time), and what became of it
UNANSWERED = {Fate.LOST, Fate.LOST_AND_GIVEN_UP, Fate.GIVEN_UP}


def _fates(kind: Kind, *, faults: bool, crashes: bool) -> tuple[Fate, ...]:
    """What can become of a call."""
    fates = [Fate.GO, *([Fate.STALE] if kind is Kind.EVENTUAL else [])]
    if faults:
        fates += [Fate.GIVEN_UP, *([Fate.LOST, Fate.LOST_AND_GIVEN_UP] if kind is Kind.WRITE else [])]
    return (*fates, *([Fate.CRASH] if crashes else []))


FATES = {
    (kind, faults, crashes): _fates(kind, faults=faults, crashes=crashes)
    for kind in Kind
    for faults in (False, True)
    for crashes in (False, True)
}


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
    processes : int
        Different histories of processes.
    """

    states: int = 0
    transitions: int = 0
    ends: int = 0
    stored: int = 0
    processes: int = 0


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
    key : callable
        What a call reads or writes, by what it asks.
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
        key: Callable[[str], str],
        always: Callable[[int, int], None],
        at_the_end: Callable[[int, tuple[Any, ...]], None],
    ) -> None:
        self._stored = stored
        self._nodes = Nodes(moment)
        self._actors = actors
        self._budget = budget
        self._key = key
        self._always = always
        self._at_the_end = at_the_end
        self._calls: dict[tuple[int, int, bool], tuple[Any, str, int]] = {}
        self._keys: dict[int, str] = {}
        self._ended: set[tuple[int, tuple[Any, ...]]] = set()
        self._followed: set[tuple[int, int]] = set()
        self.explored = Explored()

    def explore(self) -> Explored:
        """Go through all states; depth first, so that what waits stays small."""
        first = self._stored.keep()
        self._always(first, first)
        nodes = tuple(self._nodes.root(actor, actor.begin, 0)[0].number for actor in self._actors)
        start: State = (first, 0, self._budget.faults, self._budget.crashes, nodes)
        self._seen: dict[State, State | None] = {start: None}
        waiting = [start]
        explored = self.explored
        while waiting:
            state = waiting.pop()
            steps = self._steps(state)
            explored.transitions += len(steps)
            for after, _place, _fate in steps:
                if after not in self._seen:
                    self._seen[after] = state
                    waiting.append(after)
                    if after[0] != state[0]:
                        self._follow(state, after)
            if not steps:
                explored.ends += 1
                self._end(state)
        explored.states, explored.processes = len(self._seen), len(self._nodes.all)
        explored.stored = self._stored.contents
        return explored

    def way_to(self, state: State) -> list[str]:
        """What happened on the way to a state."""
        way: list[str] = []
        while (before := self._seen[state]) is not None:
            way.append(self._told_of(before, state))
            state = before
        return way[::-1]

    def _told_of(self, before: State, after: State) -> str:
        place, fate = next((place, fate) for then, place, fate in self._steps(before) if then == after)
        if place < 0:
            return "time jumps"
        node = self._nodes.all[before[4][place]]
        assert node.question is not None
        return f"{node.actor.name}: {node.question.asks} ({fate.value})"

    def _steps(self, state: State) -> list[Step]:
        """All states that can be next; only those of one actor where its call concerns nobody else."""
        stored, tick, faults, crashes, nodes = state
        all_steps: list[Step] = []
        for place, number in enumerate(nodes):
            node = self._nodes.all[number]
            if node.question is None:
                continue
            steps, looked = self._steps_of(state, place, node, node.question)
            if self._concerns_nobody_else(node, nodes, place) and (not looked or tick == self._budget.ticks):
                return steps
            all_steps += steps
        if all_steps and tick < self._budget.ticks:
            all_steps.append(((stored, tick + 1, faults, crashes, nodes), -1, Fate.GO))
        return all_steps

    def _steps_of(self, state: State, place: int, node: Node, question: Question) -> tuple[list[Step], bool]:
        """The states after this actor's call, and whether the actor looks at the clock in one of them."""
        stored, tick, faults, crashes, nodes = state
        steps: list[Step] = []
        looks = False
        for fate in self._fates(question, faults, crashes):
            step = self._step(stored, tick, node, question, fate)
            if step is None:
                continue
            after, then, looked = step
            looks = looks or looked
            faults_left, crashes_left = faults - (fate in UNANSWERED), crashes - (fate is Fate.CRASH)
            after_nodes = (*nodes[:place], then, *nodes[place + 1 :])
            steps.append(((after, tick, faults_left, crashes_left, after_nodes), place, fate))
        return steps, looks

    def _concerns_nobody_else(self, node: Node, nodes: tuple[int, ...], place: int) -> bool:
        key = self._key_of(node)
        for other, number in enumerate(nodes):
            if other != place:
                one = self._nodes.all[number]
                if one.question is not None and key in one.actor.touches(one.stage):
                    return False
        return True

    def _key_of(self, node: Node) -> str:
        key = self._keys.get(node.number)
        if key is None:
            assert node.question is not None
            key = self._keys[node.number] = self._key(node.question.asks)
        return key

    def _fates(self, question: Question, faults: int, crashes: int) -> tuple[Fate, ...]:
        return FATES[question.kind, faults > 0, crashes > 0]

    def _step(self, stored: int, tick: int, node: Node, question: Question, fate: Fate) -> tuple[int, int, bool] | None:
        """What is stored then, the actor's node, whether it looks at the clock; None where all is as with `GO`."""
        if fate is Fate.CRASH:
            return self._told(stored, node, Crashed(), "crash", tick)
        if fate is Fate.GIVEN_UP:
            return self._told(stored, node, Unavailable("no answer before the deadline"), "unavailable", tick)
        answer, key, after = self._call(stored, node, question, stale=fate is Fate.STALE)
        if fate is Fate.LOST:
            return after, node.number, False
        if fate is Fate.LOST_AND_GIVEN_UP:
            return self._told(after, node, Unavailable("no answer before the deadline"), "unavailable", tick)
        if fate is Fate.STALE and key == self._call(stored, node, question, stale=False)[1]:
            return None
        return self._told(after, node, answer, key, tick)

    def _told(self, stored: int, node: Node, answer: Any, key: str, tick: int) -> tuple[int, int, bool]:
        then, looked = self._nodes.after(node, answer, key, tick)
        return stored, then.number, looked

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
        if (state[0], results) in self._ended:
            return
        self._ended.add((state[0], results))
        try:
            self._at_the_end(state[0], results)
        except AssertionError as exc:
            raise AssertionError("\n".join([str(exc), *self.way_to(state)])) from exc


def _key(answer: Any) -> str:
    return f"{answer!r} {getattr(answer, 'winner', '')!r}"
