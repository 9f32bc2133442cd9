"""The models of services in the layer: no prose, and nothing else gone."""

import gzip
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore
import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.session import get_session

from stacks.constructs.service_models import without_prose

INSTALLED = Path(botocore.__file__).parent / "data"
SERVICES = ("dynamodb", "s3", "kinesis", "lambda", "events", "sqs", "stepfunctions", "kms", "ssm", "sts", "apigateway")


@pytest.fixture(scope="module")
def shortened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A `site-packages` with the models of some services."""
    folder = tmp_path_factory.mktemp("site-packages")
    for service in SERVICES:
        shutil.copytree(INSTALLED / service, folder / "botocore" / "data" / service)
    without_prose(folder)
    return folder / "botocore" / "data"


def model(data: Path, service: str) -> Any:
    loader = Loader(extra_search_paths=[str(data)], include_default_search_paths=False)
    return loader.load_service_model(service, "service-2")


def client(data: Path, service: str) -> Any:
    session = get_session()
    session.register_component("data_loader", Loader([str(data), str(INSTALLED)], include_default_search_paths=False))
    return session.create_client(
        service,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def prose(part: Any) -> Iterator[str]:
    """Every text that stands under `documentation`."""
    match part:
        case dict():
            for key, value in part.items():
                if key == "documentation" and isinstance(value, str):
                    yield value
                yield from prose(value)
        case list():
            for one in part:
                yield from prose(one)


def facts(model: ServiceModel) -> dict[str, Any]:
    """What calls are made by: operations with their shapes and errors, and every shape with its members."""
    shapes = {name: model.shape_for(name) for name in model.shape_names}
    return {
        "metadata": dict(model.metadata),
        "operations": {
            name: (dict(made.http), made.input_shape, made.output_shape, made.error_shapes)
            for name in model.operation_names
            for made in [model.operation_model(name)]
        },
        "shapes": {
            name: (shape.type_name, list(getattr(shape, "members", ())), shape.metadata, shape.serialization)
            for name, shape in shapes.items()
        },
    }


@pytest.mark.parametrize("service", SERVICES)
def test_a_model_has_lost_its_prose_and_nothing_else(shortened: Path, service: str) -> None:
    whole, short = model(INSTALLED, service), model(shortened, service)
    assert list(prose(whole))
    assert not list(prose({part: value for part, value in short.items() if part != "clientContextParams"}))
    assert repr(facts(ServiceModel(short, service))) == repr(facts(ServiceModel(whole, service)))


@pytest.mark.parametrize("service", SERVICES)
def test_a_client_is_made_of_it_that_knows_all_operations_and_errors(shortened: Path, service: str) -> None:
    made = client(shortened, service)
    assert dir(made) == dir(client(INSTALLED, service))
    assert dir(made.exceptions) == dir(client(INSTALLED, service).exceptions)


def test_a_request_is_put_together_as_before(shortened: Path) -> None:
    """Addressing, signing and the endpoint's rules come from the model too."""
    told = [
        client(data, "s3").generate_presigned_url("get_object", {"Bucket": "flights", "Key": "k"})
        for data in (shortened, INSTALLED)
    ]
    assert [url.partition("?")[0] for url in told] == ["https://flights.s3.amazonaws.com/k"] * 2


def test_neither_time_nor_system_is_in_the_archive(shortened: Path) -> None:
    (path,) = (shortened / "s3").glob("*/service-2.json.gz")
    assert path.read_bytes()[:10] == bytes.fromhex("1f8b08000000000002ff")


def test_the_same_model_gives_the_same_bytes(shortened: Path, tmp_path: Path) -> None:
    target = tmp_path / "botocore" / "data" / "s3" / "2006-03-01" / "service-2.json.gz"
    target.parent.mkdir(parents=True)
    target.write_bytes((INSTALLED / target.relative_to(tmp_path / "botocore" / "data")).read_bytes())
    without_prose(tmp_path)
    assert target.read_bytes() == (shortened / target.relative_to(tmp_path / "botocore" / "data")).read_bytes()


def test_a_member_of_that_name_stays(tmp_path: Path) -> None:
    path = tmp_path / "botocore" / "data" / "zoo" / "2026-01-01" / "service-2.json.gz"
    path.parent.mkdir(parents=True)
    members = {"documentation": {"shape": "Text", "documentation": "What the keeper wrote."}}
    path.write_bytes(gzip.compress(json.dumps({"shapes": {"Lion": {"members": members}}}).encode()))
    without_prose(tmp_path)
    told = json.loads(gzip.decompress(path.read_bytes()))
    assert told == {"shapes": {"Lion": {"members": {"documentation": {"shape": "Text"}}}}}
