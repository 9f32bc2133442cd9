"""What is asked of a layer's version."""

import re
from dataclasses import dataclass

from tallygate.errors import InvalidInput
from tallygate.layer_versions.reference import Reference

ARCHITECTURES = ("arm64", "x86_64")
_RUNTIME = re.compile(r"[a-z]+\d*(\.[a-z0-9]+)*(-edge)?")  # python3.13, nodejs22.x, provided.al2023
_CONTENT = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked of a layer's version. What is empty is not asked for.

    Parameters
    ----------
    layer : str
        Its name, or its ARN without a version.
    runtime : str
        Such as `python3.13`.
    architecture : str
        `arm64` or `x86_64`.
    content : str
        The hash that its description must have: 64 hexadecimal digits.

    Raises
    ------
    InvalidInput
        One of them is malformed.
    """

    layer: str
    runtime: str = ""
    architecture: str = ""
    content: str = ""

    def __post_init__(self) -> None:
        if Reference.parse(self.layer).qualified:
            raise InvalidInput(f"{self.layer} names a version already: there is nothing to look for")
        if self.runtime and not _RUNTIME.fullmatch(self.runtime):
            raise InvalidInput(f"the runtime {self.runtime!r} is malformed: give Lambda's word for it, like python3.13")
        if self.architecture and self.architecture not in ARCHITECTURES:
            raise InvalidInput(f"the architecture {self.architecture!r} is none: give {' or '.join(ARCHITECTURES)}")
        if self.content and not _CONTENT.fullmatch(self.content):
            raise InvalidInput(f"the content {self.content!r} is no hash: expected 64 hexadecimal digits")

    def __str__(self) -> str:
        runtime = f" for {self.runtime}" if self.runtime else ""
        architecture = f" on {self.architecture}" if self.architecture else ""
        content = f" with the content {self.content}" if self.content else ""
        return f"a version of the layer {self.layer}{runtime}{architecture}{content}"
