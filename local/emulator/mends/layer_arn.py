"""A layer's versions are listed by the layer's ARN, too, as Lambda does.

The emulator takes the ARN for a name, and finds no versions of it.
"""

from collections.abc import Callable
from typing import Any

from local.emulator.patching import module, wrap


def by_name(functions: Any, list_versions: Callable[..., Any]) -> Callable[..., Any]:  # noqa: ANN401
    """Return the listing, which now takes the ARN of a layer of the caller's account and Region as well."""

    def listed(layer: str, query: Any) -> Any:  # noqa: ANN401
        name = layer.rpartition(":")[2]
        return list_versions(name if layer == functions._layer_arn(name) else layer, query)  # noqa: SLF001

    return listed


def apply() -> None:
    """Take an ARN for what it is."""
    functions = module("services.lambda_svc")
    wrap(functions, "_list_layer_versions", lambda list_versions: by_name(functions, list_versions))
