"""Bad input is refused, parked or logged, each with its cure, and a parked stream keeps what it had."""

import pytest

from tests.unit.projections.bad_input import BAD, LOGGED, PARKED, Bad


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.what)
def test_it_comes_to_what_it_should(bad: Bad) -> None:
    kind, says = bad.told()
    assert kind == bad.kind
    assert len(says) > 10
    assert "\n" not in says


def test_there_are_some_of_each_kind() -> None:
    kinds = [bad.kind for bad in BAD]
    assert len(BAD) >= 30
    assert kinds.count(PARKED) >= 14
    assert LOGGED in kinds
    assert len({bad.what for bad in BAD}) == len(BAD)
