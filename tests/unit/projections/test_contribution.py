"""Which numbers may be totals: those that DynamoDB keeps to the last digit."""

from decimal import Decimal, localcontext
from typing import Any

import pytest

from tallygate.projections import InvalidView, Projection
from tests.accounts import ACCOUNT

FITS = [0, -7, 10**38 - 1, 10**125, Decimal(0), Decimal("-0.10"), Decimal("0." + "9" * 38), Decimal("1e-130")]
TOO_MUCH = [10**38 + 1, 10**126, Decimal("1." + "1" * 38), Decimal("1e-131"), Decimal("1.5e-130"), Decimal("Infinity")]


def adding(amount: Any) -> Projection[int]:
    return Projection(
        name="x", of=ACCOUNT, initial=0, apply=lambda view, event: view, totals=lambda view: {"n": amount}
    )


@pytest.mark.parametrize("amount", FITS, ids=str)
def test_what_fits(amount: Any) -> None:
    assert adding(amount).contribution(0) == {"n": amount}


@pytest.mark.parametrize("amount", TOO_MUCH, ids=str)
def test_what_would_be_rounded_or_refused(amount: Any) -> None:
    with pytest.raises(InvalidView, match="give an int or a finite Decimal of at most 38 digits"):
        adding(amount).contribution(0)


def test_the_callers_context_does_not_matter() -> None:
    with localcontext() as context:
        context.prec = 3
        assert adding(12_345).contribution(0) == {"n": 12_345}
        with pytest.raises(InvalidView):
            adding(10**38 + 1).contribution(0)
