"""Layers, the same on every backend: all pages, the newest first, and who uses them."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import boto3
import pytest
from moto import mock_aws
from mypy_boto3_lambda import LambdaClient

from tallygate import aws
from tallygate.deadline import Deadline
from tallygate.errors import InvalidInput
from tallygate.layer_versions.foreign import foreign_catalogue
from tallygate.layer_versions.lambda_catalogue import LambdaCatalogue
from tallygate.layer_versions.lambda_shelf import LambdaShelf
from tallygate.layer_versions.memory import MemoryCatalogue
from tallygate.layer_versions.pruning import Pruning
from tallygate.layer_versions.resolver import NoLayerVersion, newest
from tallygate.layer_versions.shelf import Shelf
from tallygate.layer_versions.wanted import Wanted
from tests.conftest import ANYBODY

A = "a" * 64
PAGE = 7  # 23 versions are four pages of it


def content(text: str) -> bytes:
    """A zip file."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as file:
        file.writestr("python/module.py", text)
    return body.getvalue()


@dataclass(frozen=True)
class Backend:
    """A shelf, a way to publish, and a way to make a function (whose first version is published)."""

    shelf: Shelf
    publish: Callable[..., str]
    use: Callable[[str, str], None]


@pytest.fixture
def layer() -> str:
    return f"layer-{uuid4()}"


@pytest.fixture(params=["memory", "moto", "emulator"])
def backend(request: pytest.FixtureRequest) -> Iterator[Backend]:
    if request.param == "memory":
        yield in_memory()
    elif request.param == "moto":
        with mock_aws():
            role = boto3.client("iam", **ANYBODY).create_role(RoleName="any", AssumeRolePolicyDocument="{}")
            client = boto3.client("lambda", config=aws.config(), **ANYBODY)
            yield on_lambda(client, role["Role"]["Arn"])
    else:
        settings = request.getfixturevalue("emulator").client_settings()
        client = boto3.client("lambda", config=aws.config(), **settings)
        yield on_lambda(client, "arn:aws:iam::000000000000:role/any")


def in_memory() -> Backend:
    memory = MemoryCatalogue()

    def publish(layer: str, description: str = "", *, runtimes: tuple[str, ...], architectures: tuple[str, ...]) -> str:
        return memory.publish(layer, description, runtimes=runtimes, architectures=architectures).arn

    return Backend(memory, publish, lambda function, arn: memory.use(function, arn, modified=datetime.now(UTC)))


def on_lambda(client: LambdaClient, role: str) -> Backend:
    def publish(layer: str, description: str = "", *, runtimes: tuple[str, ...], architectures: tuple[str, ...]) -> str:
        return client.publish_layer_version(
            LayerName=layer,
            Description=description,
            Content={"ZipFile": content(str(uuid4()))},
            CompatibleRuntimes=runtimes,  # type: ignore[arg-type]
            CompatibleArchitectures=architectures,  # type: ignore[arg-type]
        )["LayerVersionArn"]

    def use(function: str, arn: str) -> None:
        client.create_function(
            FunctionName=function,
            Runtime="python3.11",
            Handler="module.handler",
            Role=role,
            Code={"ZipFile": content("")},
            Layers=[arn],
            Publish=True,
        )
        client.update_function_configuration(FunctionName=function, Layers=[])

    return Backend(LambdaShelf(client, page_items=PAGE), publish, use)


def publish_all(backend: Backend, layer: str) -> None:
    """23 versions: the 5th is ours, every 4th is for another runtime, the 6th and 22nd say nothing, the 23rd goes."""
    for number in range(1, 24):
        about: dict[str, tuple[str, ...]] = {"runtimes": ("python3.13",), "architectures": ("arm64",)}
        if number % 4 == 0:
            about = {"runtimes": ("nodejs22.x",), "architectures": ("arm64", "x86_64")}
        if number in (6, 22):
            about = {"runtimes": (), "architectures": ()}
        backend.publish(layer, f"content {A}" if number == 5 else "", **about)
    backend.shelf.delete(layer, 23)


def test_all_pages_come_the_newest_first_without_what_was_deleted(backend: Backend, layer: str) -> None:
    publish_all(backend, layer)
    found = list(backend.shelf.versions(layer))
    assert [version.number for version in found] == list(range(22, 0, -1))
    assert all(re.fullmatch(rf"arn:aws:lambda:us-east-1:\d{{12}}:layer:{layer}:{one.number}", one.arn) for one in found)
    by_number = {version.number: version for version in found}
    assert by_number[5].description == f"content {A}"
    assert by_number[5].runtimes == ("python3.13",)
    assert (by_number[6].runtimes, by_number[6].architectures) == ((), ())
    assert set(by_number[8].architectures) == {"arm64", "x86_64"}


@pytest.mark.parametrize(
    ("wanted", "number"),
    [
        ({}, 22),
        ({"content": A, "runtime": "python3.13"}, 5),
        ({"runtime": "nodejs22.x"}, 22),
    ],
)
def test_the_newest_is_found_on_whichever_page(
    backend: Backend, layer: str, wanted: dict[str, str], number: int
) -> None:
    publish_all(backend, layer)
    assert newest(backend.shelf, Wanted(layer=layer, **wanted)).number == number
    backend.shelf.delete(layer, 22)
    if number == 22:
        assert newest(backend.shelf, Wanted(layer=layer, **wanted)).number == {0: 21, 1: 20}[len(wanted)]


def test_a_number_is_used_once(backend: Backend, layer: str) -> None:
    publish_all(backend, layer)
    backend.publish(layer, runtimes=(), architectures=())
    assert next(backend.shelf.versions(layer)).number == 24


def test_what_is_not_there_has_no_versions_and_no_name(backend: Backend, layer: str) -> None:
    assert list(backend.shelf.versions(layer)) == []
    backend.publish(layer, runtimes=(), architectures=())
    assert layer in set(backend.shelf.names())
    backend.shelf.delete(layer, 1)
    backend.shelf.delete(layer, 1)
    assert list(backend.shelf.versions(layer)) == []
    assert layer not in set(backend.shelf.names())
    with pytest.raises(NoLayerVersion):
        newest(backend.shelf, Wanted(layer=layer))


def test_the_names_of_all_pages_are_listed(backend: Backend, layer: str) -> None:
    names = {f"{layer}-{number}" for number in range(2 * PAGE + 1)}
    for name in names:
        backend.publish(name, runtimes=(), architectures=())
    assert names <= set(backend.shelf.names())


def test_a_layer_may_be_named_by_its_arn(backend: Backend, layer: str, request: pytest.FixtureRequest) -> None:
    if "moto" in request.node.callspec.id:
        pytest.skip("moto takes a layer's name only")
    arn = backend.publish(layer, runtimes=(), architectures=()).rpartition(":")[0]
    assert [version.number for version in backend.shelf.versions(arn)] == [1]


def test_functions_and_their_published_versions_are_listed(backend: Backend, layer: str) -> None:
    arn = backend.publish(layer, runtimes=(), architectures=())
    for number in range(PAGE + 2):
        backend.use(f"{layer[:40]}-{number}", arn)
    found = [user for user in backend.shelf.users() if arn in user.layers]
    assert len({user.function for user in found}) == PAGE + 2
    assert all(timedelta() <= datetime.now(UTC) - user.modified < timedelta(minutes=5) for user in found)


def test_what_a_published_version_uses_is_not_deleted(backend: Backend, layer: str) -> None:
    first = backend.publish(layer, runtimes=(), architectures=())
    for _ in range(3):
        backend.publish(layer, runtimes=(), architectures=())
    backend.use(f"{layer[:40]}-user", first)
    later = Pruning(backend.shelf, clock=lambda: datetime.now(UTC) + timedelta(hours=2))
    assert Pruning(backend.shelf).prune(layer, kept=2, spared=()).waits_for
    assert later.prune(layer, kept=2, spared=()).deleted == (2,)
    assert [version.number for version in backend.shelf.versions(layer)] == [4, 3, 1]


@mock_aws
def test_another_accounts_layers_are_listed_with_a_role_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", ANYBODY["region_name"])
    role = "arn:aws:iam::111122223333:role/any"
    theirs = boto3.client("sts", **ANYBODY).assume_role(RoleArn=role, RoleSessionName="theirs")
    on_lambda(aws.layers_as(theirs["Credentials"]), "").publish("theirs", runtimes=(), architectures=())
    until = Deadline.after(10)
    found = foreign_catalogue("arn:aws:iam::111122223333:role/reader", until, boto3.client("sts", **ANYBODY))
    assert newest(found, Wanted(layer="theirs")).arn == "arn:aws:lambda:us-east-1:111122223333:layer:theirs:1"
    assert list(LambdaCatalogue(boto3.client("lambda", **ANYBODY)).versions("theirs")) == []


def test_what_may_not_be_listed_says_what_to_allow() -> None:
    from botocore.exceptions import ClientError
    from botocore.stub import Stubber

    client = boto3.client("lambda", config=aws.config(), **ANYBODY)
    with Stubber(client) as stub:
        stub.add_client_error("list_layer_versions", "AccessDeniedException", http_status_code=403)
        with pytest.raises(InvalidInput, match="allow lambda:ListLayerVersions; another account's layer needs") as told:
            list(LambdaCatalogue(client).versions("layer"))
    assert isinstance(told.value.__cause__, ClientError)
