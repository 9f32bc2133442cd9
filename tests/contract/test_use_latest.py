"""The macro on every catalogue: many versions over several pages, other runtimes and processors, deleted ones."""

from typing import Any

from tallygate.layer_versions.macro.protocol import answer
from tests.contract.test_layer_catalogue import Backend, backend, layer, publish_all

__all__ = ["backend", "layer"]  # fixtures


def call(backend: Backend, arn: str, *layers: object, **function: object) -> dict[str, Any]:
    _, _, _, region, account, *_ = arn.split(":")
    properties = {"Layers": list(layers), **function}
    return answer(
        {
            "region": region,
            "accountId": account,
            "requestId": "1",
            "fragment": {"Resources": {"Api": {"Type": "AWS::Lambda::Function", "Properties": properties}}},
            "params": {},
            "templateParameterValues": {},
        },
        backend.shelf,
    )


def test_the_newest_that_fits_is_found_on_whichever_page(backend: Backend, layer: str) -> None:
    publish_all(backend, layer)
    arn = next(backend.shelf.versions(layer)).arn.rpartition(":")[0]
    backend.shelf.delete(layer, 22)
    for runtime, architecture, expected in (
        ("python3.13", "arm64", 21),
        ("nodejs22.x", "x86_64", 20),
        ("python3.12", "arm64", 6),
        ("ruby3.3", "x86_64", 6),
    ):
        done = call(backend, arn, layer, arn, f"{arn}:3", Runtime=runtime, Architectures=[architecture])
        found = done["fragment"]["Resources"]["Api"]["Properties"]["Layers"]
        assert found == [f"{arn}:{expected}", f"{arn}:{expected}", f"{arn}:3"]


def test_what_there_is_stands_in_the_message(backend: Backend, layer: str) -> None:
    arn = backend.publish(layer, runtimes=("python3.12",), architectures=("arm64",))
    done = call(backend, arn, layer, f"{layer}-x", Runtime="python3.13")
    assert done["status"] == "failure"
    assert (
        f"(1) Resources.Api.Properties.Layers[0]: there is no version of the layer {layer} for" in done["errorMessage"]
    )
    assert "1 (python3.12, arm64)" in done["errorMessage"]
    assert f"(2) Resources.Api.Properties.Layers[1]: there is no version of the layer {layer}-x" in done["errorMessage"]
    assert f"similar names are {layer}" in done["errorMessage"]
