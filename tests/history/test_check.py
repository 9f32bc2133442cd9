"""The judge finds out every doctored history."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tests.history import check
from tests.history.evidence import Call, Evidence, Stored

A = "account-a"
STORED = (
    Stored(A, 1, "k1", ("c1", "c2"), (1, 1), ""),
    Stored(A, 2, "k2", (), (1,), "0/3"),
    Stored(A, 3, "k3", ("c4",), (1,), ""),
)
CALLS = (
    Call("0/1", "execute", A, "c1", 1.0, 2.0, "ok", 1, "k1"),
    Call("0/2", "execute", A, "c2", 1.1, 2.1, "ok", 1, "k1"),
    Call("0/3", "append", A, "", 3.0, 4.0, "ok", 2),
    Call("1/1", "execute", A, "c4", 5.0, 6.0, "OutcomeUnknown"),
    Call("1/2", "execute", A, "c4", 7.0, 8.0, "ok", 3, "k3", repeated=True),
    Call("1/3", "append", A, "", 3.5, 3.9, "conflict", 2, "k2"),
    Call("1/4", "append", A, "", 9.0, 9.5, "unknown"),
)


def doctored(commits: tuple[Stored, ...] = STORED, calls: tuple[Call, ...] = CALLS) -> Evidence:
    return Evidence(calls, commits)


def changed(op: str, **changes: object) -> tuple[Call, ...]:
    return tuple(replace(call, **changes) if call.op == op else call for call in CALLS)  # type: ignore[arg-type]


def test_a_good_history_is_passed() -> None:
    assert [what for finding in check.FINDINGS for what in finding(doctored())] == []
    assert check.effects(doctored()) == (4, 1)


@pytest.mark.parametrize(
    ("finding", "evidence", "says"),
    [
        (check.gaps, doctored((STORED[0], STORED[2])), "versions [2] are missing of 3"),
        (check.doubled, doctored((*STORED, Stored(A, 4, "k4", ("c1",), (1,), ""))), "c1 is in 2 commits"),
        (
            check.doubled,
            doctored((*STORED, replace(STORED[1], version=4, commit="k4"))),
            "append 0/3 is stored 2 times",
        ),
        (check.lost, doctored(STORED[:2]), "1/2 was told version 3 of account-a: there is none"),
        (check.lost, doctored(calls=changed("0/1", commit="other")), "0/1 was told that c1 is in other"),
        (check.lost, doctored(calls=changed("0/1", version=3)), "0/1 was told that c1 is in k1"),
        (check.lost, doctored(calls=changed("0/3", version=3)), "0/3 was told version 3"),
        (check.false_conflicts, doctored(calls=changed("0/3", outcome="conflict", commit="k2")), "and is stored"),
        (check.false_conflicts, doctored(calls=changed("1/3", commit="k9")), "1/3 was told that k9 has version 2"),
        (check.unknown_effects, doctored(calls=CALLS[1:]), "holds what nobody asked for: ['c1']"),
        (check.out_of_order, doctored(calls=changed("0/1", began=4.5, ended=4.6)), "0/1 began after version 2"),
        (check.wrong_sums, doctored((replace(STORED[0], amounts=(1,)), *STORED[1:])), "a balance of 3 of 4"),
        (check.unsettled, doctored(calls=tuple(call for call in CALLS if call.op != "1/2")), "c4 on account-a never"),
    ],
)
def test_a_doctored_one_is_found_out(
    finding: Callable[[Evidence], Iterator[str]], evidence: Evidence, says: str
) -> None:
    (found,) = finding(evidence)
    assert says in found
