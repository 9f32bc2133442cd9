"""What CloudFormation asks of a custom resource."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tallygate.errors import InvalidInput

KINDS = ("Create", "Update", "Delete")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What CloudFormation asks of a custom resource.

    Parameters
    ----------
    kind : str
        `Create`, `Update` or `Delete`; the way back from an update is an `Update` too.
    answer_to : str
        The address to which the answer is put, once.
    id, stack : str
        Of the request, and the stack's ARN; both are part of the answer.
    logical_id : str
        The resource's, in its template.
    physical_id : str
        The same from `Create` on: another one would mean that the resource was replaced.
    properties, old_properties : mapping
        As the template has them; numbers and flags have become text. The old ones are an update's.
    """

    kind: str
    answer_to: str
    id: str
    stack: str
    logical_id: str
    physical_id: str
    properties: Mapping[str, Any]
    old_properties: Mapping[str, Any]

    @property
    def account(self) -> str:
        """The stack's account."""
        return self.stack.split(":")[4]

    @property
    def region(self) -> str:
        """The stack's Region."""
        return self.stack.split(":")[3]

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> "Request":
        """Read the event.

        Raises
        ------
        InvalidInput
            It is not CloudFormation's: there is nobody to answer to.
        """
        logical_id = _text(event, "LogicalResourceId")
        request = cls(
            kind=_text(event, "RequestType"),
            answer_to=_text(event, "ResponseURL"),
            id=_text(event, "RequestId"),
            stack=_text(event, "StackId"),
            logical_id=logical_id,
            physical_id=event.get("PhysicalResourceId") or logical_id,
            properties=event.get("ResourceProperties") or {},
            old_properties=event.get("OldResourceProperties") or {},
        )
        request._check()
        return request

    def _check(self) -> None:
        if self.kind not in KINDS:
            raise InvalidInput(f"RequestType is {self.kind!r}, expected one of {', '.join(KINDS)}")
        if urlsplit(self.answer_to).scheme not in ("http", "https"):
            raise InvalidInput(f"ResponseURL is {self.answer_to!r}, expected an address of http or https")
        if self.stack.count(":") < 5:
            raise InvalidInput(f"StackId is {self.stack!r}, expected a stack's ARN")


def _text(event: Mapping[str, Any], name: str) -> str:
    value = event.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidInput(
            f"this is no request for a custom resource, {name} is missing: CloudFormation calls this function"
        )
    return value
