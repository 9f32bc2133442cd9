"""The table of guards fits the code. (`make break` runs the tests with and without them, which takes minutes.)"""

import pytest

from tests.guards.breaking import ROOT, GuardNotFound, try_without
from tests.guards.guards import GUARDS, Cut, Guard

PASSES = "tests/unit/test_put_if_absent.py::test_full_jitter_grows_to_its_cap"


@pytest.mark.parametrize("cut", [cut for guard in GUARDS for cut in guard.cuts], ids=lambda cut: cut.guard.strip()[:40])
def test_each_guard_stands_once_in_its_file(cut: Cut) -> None:
    assert (ROOT / cut.file).read_text().count(cut.guard) == 1


def test_a_guard_that_is_gone_says_so() -> None:
    with pytest.raises(GuardNotFound, match=r"deadline\.py has 0 times"):
        try_without(Guard("none", (Cut("layers/tallygate/deadline.py", "no such code", ""),), PASSES))


def test_a_guard_that_no_test_misses_is_not_proved_and_one_that_is_missed_is() -> None:
    cap = Cut(
        "layers/tallygate/deadline.py", "min(cap, base * 2.0 ** min(attempt, 30))", "base * 2.0 ** min(attempt, 30)"
    )
    docstring = Cut("layers/tallygate/deadline.py", "never negative", "")
    assert try_without(Guard("the cap", (cap,), PASSES)).proved
    assert not try_without(Guard("a comment", (docstring,), PASSES)).proved
