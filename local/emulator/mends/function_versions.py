"""ListFunctions with FunctionVersion=ALL lists the published versions too.

The emulator lists functions only. Whether a layer's version is in use is asked in this way: one that only a
published version has would be deleted as unused.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from local.emulator.patching import module, rewrite


def listed(functions: Mapping[str, Any], names: Sequence[str], query: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the configurations of the functions of these names, and those of their versions where they are asked for.

    As on AWS the ARN of each then says which it is.
    """
    if query.get("FunctionVersion") not in ("ALL", ["ALL"]):
        return [functions[name]["config"] for name in names]
    found = []
    for name in names:
        latest = functions[name]["config"]
        every = {"$LATEST": latest} | {n: one["config"] for n, one in functions[name].get("versions", {}).items()}
        found += [{**one, "FunctionArn": f"{latest['FunctionArn']}:{number}"} for number, one in every.items()]
    return found


def apply() -> None:
    """List what is asked for."""
    rewrite(
        module("services.lambda_svc"),
        "_list_functions",
        ('[_functions[n]["config"] for n in page]', "_tallygate_listed(_functions, page, query_params)"),
        _tallygate_listed=listed,
    )
