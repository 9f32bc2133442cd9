"""CloudFormation's end."""

from collections.abc import Iterator

import pytest

from tests.unit.layer_versions.cloudformation import Receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver().listening() as listening:
        yield listening
