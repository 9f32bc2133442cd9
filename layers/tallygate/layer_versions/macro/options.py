"""What a template may pass to the macro."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tallygate.errors import InvalidInput
from tallygate.layer_versions.wanted import Wanted

_KNOWN = ("Runtime", "Architecture")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The macro's parameters: what to look for where the template doesn't tell it.

    Parameters
    ----------
    runtime : str
        Such as `python3.13`; by default nothing is looked for by runtime there.
    architecture : str
        `arm64` or `x86_64`.
    """

    runtime: str = ""
    architecture: str = ""

    @classmethod
    def read(cls, params: Mapping[str, Any]) -> "Options":
        """From the event's `params`. Raises `InvalidInput`."""
        for name, value in params.items():
            if name not in _KNOWN:
                raise InvalidInput(f"the macro has no parameter {name}: there are {' and '.join(_KNOWN)}")
            if not isinstance(value, str) or not value:
                raise InvalidInput(f"the macro's parameter {name} is {value!r}: give a text, no intrinsic function")
        found = cls(runtime=params.get("Runtime", ""), architecture=params.get("Architecture", ""))
        try:
            Wanted(layer="any", runtime=found.runtime, architecture=found.architecture)
        except InvalidInput as exc:
            raise InvalidInput(f"the macro's parameters: {exc}") from exc
        return found
