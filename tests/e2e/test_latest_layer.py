"""Layers, published and resolved by the emulator's CloudFormation: what functions have after a deployment."""

import time
from collections.abc import Iterator
from uuid import uuid4

import boto3
import pytest

from local.emulator.process import Emulator
from tests.e2e.layered import RESOLVER, Layered, make_resolver

pytestmark = pytest.mark.e2e
QUIET_SECONDS = 1


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        make_resolver(running, quiet_seconds=QUIET_SECONDS)
        yield running


@pytest.fixture
def app(emulator: Emulator) -> Layered:
    return Layered(emulator, f"l{uuid4().hex[:8]}")


def test_a_deployment_takes_the_version_with_its_content(app: Layered) -> None:
    first = app.publish(1)
    assert app.deploy(first) == ("CREATE_COMPLETE", "")
    assert (app.answer(), app.output().rpartition(":")[2]) == (1, "1")
    second = app.publish(2)
    assert app.answer() == 1  # published is not yet deployed
    assert app.deploy(second) == ("UPDATE_COMPLETE", "")
    assert (app.answer(), app.output().rpartition(":")[2]) == (2, "2")
    assert app.deploy(first) == ("UPDATE_COMPLETE", "")
    assert app.answer() == 1
    assert app.versions() == [2, 1]


def test_a_deployment_that_changes_no_layer_resolves_nothing(app: Layered) -> None:
    content = app.publish(1)
    app.deploy(content)
    before = app.resolutions()
    status, _ = app.deploy(content)
    assert "No updates are to be performed" in status
    assert app.deploy(content, memory=256) == ("UPDATE_COMPLETE", "")
    assert app.resolutions() == before > 0
    app.publish(2)
    assert app.deploy(content, memory=128) == ("UPDATE_COMPLETE", "")
    assert (app.answer(), app.resolutions()) == (1, before)


def test_a_typo_fails_clearly_and_is_rolled_back(app: Layered) -> None:
    content = app.publish(1)
    app.deploy(content)
    status, reason = app.deploy(content, Layer=app.layer[:-1])
    assert status == "UPDATE_ROLLBACK_COMPLETE"
    assert f"there is no version of the layer {app.layer[:-1]} for python3.11" in reason
    assert "layers with similar names are" in reason
    assert app.layer in reason
    assert (app.answer(), app.output().rpartition(":")[2]) == (1, "1")


def test_a_first_deployment_with_bad_input_fails_and_is_rolled_back(app: Layered) -> None:
    status, reason = app.deploy(app.publish(1), Layr="x")
    assert status == "ROLLBACK_COMPLETE"
    assert "the property Layr is unknown: did you mean Layer?" in reason


def test_an_update_that_fails_goes_back_to_the_old_version(app: Layered) -> None:
    app.deploy(app.publish(1), Keep="2")
    second = app.publish(2)
    before = app.resolutions()
    status, _ = app.deploy(second, fails=True, Keep="2")
    assert status == "UPDATE_ROLLBACK_COMPLETE"
    assert (app.answer(), app.output().rpartition(":")[2]) == (1, "1")
    assert app.resolutions() == before + 2  # there and back
    assert app.versions() == [2, 1]
    assert app.deploy(second, Keep="2")[0] == "UPDATE_COMPLETE"
    assert app.answer() == 2


def test_a_stack_that_had_the_version_from_a_parameter_is_upgraded(app: Layered) -> None:
    """As from version 0.2: the stack of the layers goes first, and takes the parameter with it."""
    app.publish(1)
    parameters = boto3.client("ssm", **app.emulator.client_settings())
    arn = app.aws.functions.list_layer_versions(LayerName=app.layer)["LayerVersions"][0]["LayerVersionArn"]
    parameters.put_parameter(Name=f"/{app.layer}", Value=arn, Type="String")
    assert app.deploy_as_before(f"/{app.layer}") == ("CREATE_COMPLETE", "")
    assert app.answer() == 1
    content = app.publish(2)
    parameters.delete_parameter(Name=f"/{app.layer}")
    assert app.deploy(content, fails=True)[0] == "UPDATE_ROLLBACK_COMPLETE"
    assert app.answer() == 1
    assert app.deploy(content)[0] == "UPDATE_COMPLETE"
    assert app.answer() == 2


def test_old_versions_are_pruned_but_those_that_are_used_or_may_be_gone_back_to(app: Layered) -> None:
    contents = [app.publish(number) for number in range(1, 7)]
    app.deploy(contents[0], Keep="2")
    app.aws.functions.publish_version(FunctionName=app.app)  # 1 is used by it from now on
    app.deploy(contents[1], Keep="2")
    assert app.versions() == [6, 5, 4, 3, 2, 1]  # the function was published a moment ago
    time.sleep(QUIET_SECONDS)
    app.deploy(contents[3], Keep="2")
    assert app.versions() == [6, 5, 4, 2, 1]  # 2 is where it came from
    time.sleep(QUIET_SECONDS)
    app.deploy(contents[5], Keep="2")
    assert app.versions() == [6, 5, 4, 1]
    assert app.answer() == 6


def test_the_resolver_says_what_it_did(app: Layered) -> None:
    app.deploy(app.publish(1))
    lines = [line for line in app.emulator.handler_log.read_text().splitlines() if line.startswith(RESOLVER)]
    assert any('"resolved"' in line and f"{app.layer}:1" in line for line in lines)
    assert any('"LayersResolved"' in line for line in lines)
