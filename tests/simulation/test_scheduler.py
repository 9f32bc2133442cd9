"""The simulation itself: one seed is one run, a dead actor does nothing, faults are what they say."""

import pytest

from local.simulation import Dice, Endless, Faults, Kind, Scheduler, Unanswered, Verdict, Versions, Wire
from tallygate.errors import Unavailable

TROUBLE = Faults(refused=0.1, lost=0.1, gives_up=0.2, crash=0.02, stall=0.05)


def race(seed: int, faults: Faults = TROUBLE, actors: int = 3) -> list[str]:
    """Actors that write the same keys; returns the trace."""
    lines: list[str] = []
    scheduler = Scheduler(Dice(seed), faults, trace=lines.append)
    wire, table = Wire(scheduler), dict[int, str]()

    def write(me: str) -> None:
        for key in range(5):
            try:
                winner = wire.resend(f"put {key}", lambda key=key: table.setdefault(key, me))  # type: ignore[misc]
            except Unavailable:
                return
            scheduler.tell(f"{me}: {winner} won {key}")
            scheduler.sleep(1)

    for n in range(actors):
        scheduler.spawn(f"actor {n}", lambda me=str(n): write(me))  # type: ignore[misc]
    scheduler.run()
    return lines


def test_the_same_seed_is_the_same_run_and_others_are_others() -> None:
    runs = [race(seed) for seed in range(20)]
    assert [race(seed) for seed in range(20)] == runs
    assert len({tuple(run) for run in runs}) == 20


def test_every_fault_is_met() -> None:
    lines = "\n".join(line for seed in range(50) for line in race(seed))
    for fault in (Verdict.REFUSED.value, Verdict.LOST.value, "✗✗ dies before: put", "again soon"):
        assert fault in lines


def test_without_faults_nothing_goes_wrong() -> None:
    assert "✗" not in "\n".join(race(1, Faults()))


@pytest.mark.parametrize(("verdict", "lands"), [(Verdict.REFUSED, False), (Verdict.LOST, True)])
def test_an_unanswered_write_has_landed_or_not(verdict: Verdict, lands: bool) -> None:  # noqa: FBT001
    scheduler, table = Scheduler(Dice(1)), dict[str, int]()

    def write() -> None:
        with pytest.raises(Unanswered):
            Wire(scheduler).call("put", lambda: table.setdefault("key", 1))

    actor = scheduler.spawn("writer", write)
    scheduler.step(actor)
    assert (actor.asks, actor.kind) == ("put", Kind.WRITE)
    scheduler.step(actor, verdict)
    assert ("key" in table) == lands
    assert not actor.alive


def test_a_dead_actor_and_its_threads_do_nothing_more_though_they_unwind() -> None:
    scheduler, done = Scheduler(Dice(1)), list[str]()
    wire = Wire(scheduler)

    def thread() -> None:
        scheduler.sleep(5)
        done.append("thread")

    def process() -> None:
        scheduler.spawn("thread", thread, process=scheduler.current)
        try:
            scheduler.sleep(10)
        finally:
            wire.call("put", lambda: done.append("finally"))

    actor = scheduler.spawn("process", process)

    def killer() -> None:
        scheduler.sleep(1)
        scheduler.crash(actor)
        done.append("other")

    other = scheduler.spawn("other", killer)
    scheduler.run()
    assert done == ["other"]
    assert (actor.crashed, other.crashed) == (True, False)


def test_a_thread_can_end_its_process() -> None:
    scheduler, done = Scheduler(Dice(1)), list[str]()

    def process() -> None:
        me = scheduler.current

        def thread() -> None:
            scheduler.crash(me)
            done.append("thread")

        scheduler.spawn("thread", thread, process=me)
        scheduler.sleep(10)
        done.append("process")

    scheduler.spawn("process", process)
    scheduler.run()
    assert done == []
    assert scheduler.now < 1


def test_a_sleeper_can_be_woken() -> None:
    scheduler = Scheduler(Dice(1))
    sleeper = scheduler.spawn("sleeper", lambda: scheduler.sleep(1000))
    scheduler.spawn("waker", lambda: scheduler.wake(sleeper), delay=3)
    scheduler.run()
    assert 3 < scheduler.now < 4


def test_actors_are_waited_for_also_when_they_die() -> None:
    scheduler, done = Scheduler(Dice(1)), list[bool]()

    def wait() -> None:
        sleepers = [scheduler.spawn("sleeper", lambda: scheduler.sleep(9)) for _ in range(2)]
        done.append(scheduler.join(sleepers, 3))
        scheduler.crash(sleepers[0])
        done.append(scheduler.join(sleepers))

    scheduler.spawn("who waits", wait)
    scheduler.run()
    assert done == [False, True]
    assert 9 < scheduler.now < 10


def test_what_an_actor_lets_pass_and_what_a_check_raises_end_the_run() -> None:
    scheduler = Scheduler(Dice(1))
    scheduler.spawn("wrong", lambda: 1 / 0)
    scheduler.spawn("other", lambda: scheduler.sleep(1))
    with pytest.raises(ZeroDivisionError):
        scheduler.run()
    assert scheduler.actors == []

    def never(actor: object) -> None:
        raise AssertionError("an invariant")

    scheduler = Scheduler(Dice(1), check=never)
    scheduler.spawn("any", lambda: Wire(scheduler).call("put", lambda: None))
    with pytest.raises(AssertionError, match="an invariant"):
        scheduler.run()


def test_a_run_without_an_end_is_an_error_that_names_who_runs() -> None:
    scheduler = Scheduler(Dice(1), max_steps=100)

    def wait() -> None:
        while True:
            scheduler.sleep(1)

    scheduler.spawn("who waits", wait)
    with pytest.raises(Endless, match="who waits"):
        scheduler.run()


def test_when_faults_stop_nothing_goes_wrong_any_more() -> None:
    lines = race(3, Faults(refused=1.0, gives_up=0.0, until=30))
    assert all(float(line.split()[0]) < 31 for line in lines if "✗" in line)
    assert "won 4" in "\n".join(lines)


def test_a_stale_read_misses_what_is_new_and_not_what_is_old() -> None:
    scheduler, table = Scheduler(Dice(1)), {"key": 1}
    versions = Versions[str, int](scheduler, lag_seconds=2)
    seen: list[int | None] = []

    def write(value: int) -> None:
        versions.replaced("key", table["key"])
        table["key"] = value

    def act() -> None:
        for value in (2, 3):
            write(value)
            seen.append(versions.old("key", table["key"]))
            scheduler.sleep(1)
        scheduler.sleep(3)
        seen.append(versions.old("key", table["key"]))

    scheduler.spawn("writer", act)
    scheduler.run()
    assert seen == [1, 1, 3]
