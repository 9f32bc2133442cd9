"""One synthesis of all environments serves most tests."""

import json
import os
from collections.abc import Mapping
from typing import Any

import pytest

from stacks.environment import Environment
from stacks.environments import ENVIRONMENTS
from tests.infra.synthesis import QUIET, Stack, Synthesis, synthesize, text
from tests.observability.handlers import Told, on_moto, run_all

os.environ.update(QUIET)  # before jsii starts a Node of its own

# The real app, with a vault of keys in two of the real environments.
WITH_FORGETTING = """
from dataclasses import replace
from stacks.environments import ENVIRONMENTS
for name in ("dev", "prod"):
    ENVIRONMENTS[name] = replace(ENVIRONMENTS[name], forgetting=True)
import app
app.main()
"""


@pytest.fixture(scope="session")
def synthesis(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    return synthesize(tmp_path_factory.mktemp("synthesis") / "cdk.out")


@pytest.fixture(scope="session")
def varied(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    """What not every project has: vaults, and consumers that the domain declares. They touch different stacks."""
    folder, context = tmp_path_factory.mktemp("varied") / "cdk.out", {"domain": "tests/infra/declaring"}
    return synthesize(folder, program=("-c", WITH_FORGETTING), context=context)


@pytest.fixture(scope="session")
def told() -> Told:
    """What all handlers tell in one run. It is over when this returns: other tests have a moto of their own."""
    with pytest.MonkeyPatch.context() as monkeypatch, on_moto(monkeypatch) as call:
        return run_all(call, monkeypatch)


@pytest.fixture(params=list(ENVIRONMENTS.values()), ids=list(ENVIRONMENTS))
def environment(request: pytest.FixtureRequest) -> Environment:
    found: Environment = request.param
    return found


@pytest.fixture
def layers(synthesis: Synthesis, environment: Environment) -> Stack:
    return synthesis.stack(environment.name, "layers")


@pytest.fixture
def events(synthesis: Synthesis, environment: Environment) -> Stack:
    return synthesis.stack(environment.name, "events")


@pytest.fixture
def batch(synthesis: Synthesis, environment: Environment) -> Stack:
    return synthesis.stack(environment.name, "batch")


@pytest.fixture
def observability(synthesis: Synthesis, environment: Environment) -> Stack:
    return synthesis.stack(environment.name, "observability")


@pytest.fixture
def fan_out(varied: Synthesis, environment: Environment) -> Stack:
    """The fan-out of the domain in `declaring`."""
    return varied.stack(environment.name, "fan-out")


@pytest.fixture
def definition(batch: Stack) -> Mapping[str, Any]:
    """The state machine in the States Language."""
    found: Mapping[str, Any] = json.loads(
        text(batch.properties("AWS::StepFunctions::StateMachine")["DefinitionString"])
    )
    return found
