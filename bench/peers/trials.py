"""What a caller may believe: each trial is run for real and judged by what is in the table and what the caller saw."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.peers import database
from bench.peers.driver import Answer, Driver, DriverError
from bench.peers.drivers.tally import Tally, tally
from bench.peers.payload import SMALL, flight, flights, traced_flight
from bench.peers.stores import Store
from bench.peers.units_proxy import UnitsProxy

SEEDED = flights(range(3), SMALL)
RACES = 10
LOSSES = 3
LONG = 60

ONE_WINS = "one wins, the other is told"
LOST_UPDATE = "both win, one event is lost"
STORED_ONCE = "success, stored once"
KNOWN_DUPLICATE = "told that its own write is there already, stored once"
FALSE_CONFLICT = "false conflict, its own event is stored"
WHOLE = f"all {LONG} in order"


@dataclass(frozen=True)
class Verdict:
    """`text`: what happened, how often; `kept`: the caller knew what is stored; `errors`: what callers were told."""

    text: str
    kept: bool
    errors: Sequence[str] = ()
    evidence: str = ""


def attempt(trial: Callable[[], Verdict]) -> Verdict:
    """Run a trial; a store that can't run it is reported in its own words."""
    try:
        return trial()
    except DriverError as error:
        return Verdict("could not be run", kept=False, errors=[str(error)])


def race(store: Store, endpoint: str) -> Verdict:
    """Let two processes load a stream and append at the same version at the same time; ten streams."""
    with Driver(store, endpoint) as a, Driver(store, endpoint) as b:
        for number in range(RACES):
            a.load(f"raced-{number}")
            a.append(SEEDED)
        before = database.items(endpoint, store)
        rounds = [_race(a, b, f"raced-{number}") for number in range(RACES)]
        added = database.items(endpoint, store) - before
    with Driver(store, endpoint) as reader:
        found = [_judge_race(answers, reader.load(f"raced-{n}").tally) for n, answers in enumerate(rounds)]
    answers = [answer for pair in rounds for answer in pair]
    told = sum(answer.outcome == "done" for answer in answers)
    return _verdict(found, {ONE_WINS}, answers, f"{told} appends told stored, {added} items more in the table")


def lost_answer(store: Store, proxy: UnitsProxy, endpoint: str) -> Verdict:
    """Let a write land and lose its answer; whatever the store does next is its own."""
    lost = [_lose(store, proxy, endpoint, f"lost-{number}") for number in range(LOSSES)]
    found = [_judge_loss(answer, stored) for answer, stored in lost]
    evidence = ""
    if store.commands:
        evidence = (
            f"through its command helper: {_judge_loss(*_lose(store, proxy, endpoint, 'lost-command', 'command'))}"
        )
    return _verdict(found, {STORED_ONCE, KNOWN_DUPLICATE}, [answer for answer, _ in lost], evidence)


def long_stream(store: Store, endpoint: str) -> Verdict:
    """Append 60 events of 25 KB and read them in a fresh process: 1.5 MB, where a query's page ends at 1 MB."""
    records = [traced_flight(number) for number in range(LONG)]
    with Driver(store, endpoint) as writer:
        writer.load("long")
        writer.append(records)
    with Driver(store, endpoint) as reader:
        read = reader.load("long").tally
    if read == tally(records):
        return Verdict(WHOLE, kept=True)
    which = "the first" if read == tally(records[: read.count]) else "some other"
    return Verdict(f"{which} {read.count} of {LONG}, no error", kept=False)


def _race(a: Driver, b: Driver, stream: str) -> tuple[Answer, Answer]:
    a.load(stream)
    b.load(stream)
    a.send("append", writer="a", records=[flight(100, SMALL)])
    b.send("append", writer="a", records=[flight(101, SMALL)])
    return a.receive(), b.receive()


def _judge_race(answers: tuple[Answer, Answer], stored: Tally) -> str:
    won = [
        flight(number, SMALL) for number, answer in zip((100, 101), answers, strict=True) if answer.outcome == "done"
    ]
    others = [answer.outcome for answer in answers if answer.outcome != "done"]
    if len(won) == 1 and stored == tally([*SEEDED, *won]):
        return ONE_WINS if others == ["conflict"] else "one wins, the other gets an error"
    added = stored.count - len(SEEDED)
    return LOST_UPDATE if (len(won), added) == (2, 1) else f"{len(won)} told stored, {added} stored"


def _lose(store: Store, proxy: UnitsProxy, endpoint: str, stream: str, do: str = "append") -> tuple[Answer, Tally]:
    with Driver(store, proxy.endpoint) as writer:
        writer.load(stream)
        writer.append(SEEDED)
        proxy.take()
        proxy.lose_next_answer()
        writer.send(do, **_wanted(do, stream))
        answer = writer.receive()
        if (lost := proxy.take().lost) != 1:
            raise DriverError(f"{store.name}: {lost} answers were lost instead of one, the trial says nothing")
    with Driver(store, endpoint) as reader:
        return answer, reader.load(stream).tally


def _wanted(do: str, stream: str) -> dict[str, object]:
    record = flight(100, SMALL)
    return {"stream": stream, "record": record} if do == "command" else {"writer": "a", "records": [record]}


def _judge_loss(answer: Answer, stored: Tally) -> str:
    own = [flight(100, SMALL)]
    times = next((n for n in range(4) if stored == tally([*SEEDED, *own * n])), None)
    if times is None:
        return f"{answer.outcome}, and the stream holds something else"
    if times == 1 and answer.outcome in _STORED_ONCE:
        return _STORED_ONCE[answer.outcome]
    return f"told {_SAID.get(answer.outcome, answer.outcome)}, stored {times} times"


_SAID = {"done": "success"}
_STORED_ONCE = {"done": STORED_ONCE, "duplicate": KNOWN_DUPLICATE, "conflict": FALSE_CONFLICT}


def _verdict(found: Sequence[str], wanted: set[str], answers: Sequence[Answer], evidence: str = "") -> Verdict:
    text = "; ".join(f"{what} ({times} of {len(found)})" for what, times in Counter(found).most_common())
    errors = dict.fromkeys(answer.error for answer in answers if answer.error)
    return Verdict(text, kept=set(found) <= wanted, errors=list(errors)[:1], evidence=evidence)
