"""How a layer is named in a template: by its name, its ARN, or the ARN of one version."""

import re
from dataclasses import dataclass

from tallygate.errors import InvalidInput

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,140}")
_ARN = re.compile(
    r"arn:(?P<partition>[a-z0-9-]+):lambda:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):layer:"
    r"(?P<name>[a-zA-Z0-9_-]{1,140})(?::(?P<version>[1-9]\d*))?"
)
# Layers of AWS's own, which have neither account nor Region: such an ARN is complete.
_AWS_LAYER = re.compile(r"arn:[a-z0-9-]+:lambda:::awslayer:[a-zA-Z0-9_-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A layer as it was named.

    Parameters
    ----------
    text : str
        As it was given.
    name : str
        The layer's, without account and version.
    account, region : str
        Empty where the layer was given by its name.
    version : int or None
        None where it is still to be resolved.
    """

    text: str
    name: str
    account: str = ""
    region: str = ""
    version: int | None = None

    @property
    def qualified(self) -> bool:
        """Whether there is nothing to resolve."""
        return self.version is not None

    @classmethod
    def parse(cls, text: str) -> "Reference":
        """Read it. Raises `InvalidInput`."""
        if _NAME.fullmatch(text):
            return cls(text=text, name=text)
        if _AWS_LAYER.fullmatch(text):
            return cls(text=text, name=text.rpartition(":")[2], version=0)
        found = _ARN.fullmatch(text)
        if not found:
            raise InvalidInput(
                f"{text!r} is no layer: give its name (1 to 140 of a-z, A-Z, 0-9, - and _), or its ARN, "
                "arn:aws:lambda:<region>:<account>:layer:<name>, with :<version> at its end or without"
            )
        version = int(found["version"]) if found["version"] else None
        return cls(text=text, name=found["name"], account=found["account"], region=found["region"], version=version)
