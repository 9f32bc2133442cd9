"""The table of guards fits the code. (`make break` runs the tests with and without them, which takes minutes.)"""

import pytest

from tests.guards.breaking import ROOT, GuardNotFound, NoVerdict, try_each
from tests.guards.guard import Cut, Guard
from tests.guards.guards import GUARDS

FILE = "layers/tallygate/deadline.py"
TEST = "tests/unit/test_put_if_absent.py::test_full_jitter_grows_to_its_cap"
CAP = Cut(FILE, "min(cap, base * 2.0 ** min(attempt, 30))", "base * 2.0 ** min(attempt, 30)")
DOCSTRING = Cut(FILE, "never negative", "")


@pytest.mark.parametrize("cut", [cut for guard in GUARDS for cut in guard.cuts], ids=lambda cut: cut.guard.strip()[:40])
def test_each_guard_stands_once_in_its_file(cut: Cut) -> None:
    assert (ROOT / cut.file).read_text().count(cut.guard) == 1


@pytest.mark.long
def test_a_guard_is_proved_by_a_test_that_is_red_without_it_for_the_reason_given() -> None:
    guards = (
        Guard("the cap", (CAP,), TEST, shows="16.0 != 10"),
        Guard("another reason", (CAP,), TEST, shows="TypeError"),
        Guard("a comment", (DOCSTRING,), TEST, shows="16.0 != 10"),  # green: the cap is back in its place
    )
    proved, other_reason, green = (trial.verdict for trial in try_each(guards))
    assert proved == "proved"
    assert other_reason == "NOT PROVED: red, but without the words 'TypeError'"
    assert green == "NOT PROVED: the test stays green"


def test_a_guard_that_is_gone_says_so() -> None:
    with pytest.raises(GuardNotFound, match=r"deadline\.py has 0 times"):
        list(try_each([Guard("none", (Cut(FILE, "no such code", ""),), TEST, shows="")]))


def test_a_test_that_does_not_exist_is_no_verdict() -> None:
    with pytest.raises(NoVerdict, match="could not be run"):
        list(try_each([Guard("the cap", (CAP,), TEST + "_", shows="")]))
