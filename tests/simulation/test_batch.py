"""10,000 whole batches, each under other faults and in another order: the count is exact in every one of them."""

from collections import Counter

import pytest

from tests.simulation.run import run

RUNS, GROUPS = 10_000, 10
IN_EVERY_TEST_RUN = 3  # groups; the others are `make test-long`'s


EVERY_GROUP = [
    pytest.param(group, marks=[] if group < IN_EVERY_TEST_RUN else pytest.mark.long) for group in range(GROUPS)
]


@pytest.mark.parametrize("group", EVERY_GROUP)
def test_every_invariant_holds_in_every_run(group: int) -> None:
    broken = []
    for seed in range(group * RUNS // GROUPS, (group + 1) * RUNS // GROUPS):
        try:
            run(seed)
        except Exception as exc:  # noqa: BLE001 (all of them are told)
            broken.append(f"python -m tests.simulation --seed {seed}   # {type(exc).__name__}: {exc}")
    assert not broken, "\n".join([f"{len(broken)} runs", *broken[:10]])


def test_a_seed_is_a_run() -> None:
    def trace(seed: int) -> list[str]:
        lines: list[str] = []
        run(seed, lines.append)
        return lines

    traces = [trace(seed) for seed in range(30)]
    assert [trace(seed) for seed in range(30)] == traces


def test_the_runs_meet_what_they_are_for() -> None:
    """Each race and each trouble takes place in some of the first runs: a simulation of calm proves nothing."""
    lines: list[str] = []
    ends: Counter[str] = Counter()
    for seed in range(500):
        ends.update(run(seed, lines.append).ends)
    told = "\n".join(lines)
    for event in (
        "✗ 500 before it",
        "✗ answer lost",
        "✗ stale",
        "✗✗ dies before: put DONE",
        "✗✗ dies before: put ABANDONED",
        "✗✗ dies before: append wall",
        "is lost",
        ": won",
        ": lost",
        ": recorded",
        ": leased",
        ": late",
        ": checkpointed",
        "put ABANDONED",
        "invoke for",
        "gatekeeper again",
        "report again",
        "plan again",
        "killed its worker",
        "continues as a new execution",
        "receive",
        "put cancellation",
        "g2",
    ):
        assert event in told, event
    assert set(ends) == {"complete", "partial", "cancelled", "refused"}
