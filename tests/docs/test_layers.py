"""The table of what the resolver refuses says what it says."""

import pytest

from tallygate.errors import TallygateError
from tallygate.layer_versions.properties import Properties
from tallygate.layer_versions.resolver import newest
from tests.docs.tables import bad_input, fits
from tests.unit.layer_versions.bad_input import BAD, Bad, shelf
from tests.unit.layer_versions.cloudformation import PREFIX

LAYERS = bad_input("docs/layers.md")


def resolve(bad: Bad) -> None:
    properties = Properties.of(bad.given, account="000000000000", region="us-east-1", deletes=PREFIX)
    assert properties.wanted
    newest(shelf(), properties.wanted)


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.what)
def test_the_reason_is_as_it_stands_there(bad: Bad) -> None:
    with pytest.raises(TallygateError) as told:
        resolve(bad)
    error, says = LAYERS[bad.what]
    assert type(told.value).__name__ == error
    assert fits(says, str(told.value)), str(told.value)
