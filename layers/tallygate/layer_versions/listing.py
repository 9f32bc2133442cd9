"""Lambda's listings, page by page."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from tallygate import aws
from tallygate.deadline import Deadline
from tallygate.errors import InvalidInput
from tallygate.put_if_absent import resend


def listing(
    call: Callable[..., Mapping[str, Any]], key: str, until: Deadline, *, what: str, may: str, **request: object
) -> Iterator[Mapping[str, Any]]:
    """What all pages have under `key`; nothing where what is listed does not exist.

    Parameters
    ----------
    call : callable
        A client's method, which takes `Marker` and answers with `NextMarker`.
    key : str
        Of the list in its answer.
    until : Deadline
        For all pages.
    what, may : str
        What is listed, and the action to allow: for messages.
    request : keywords
        The call's other parameters.

    Raises
    ------
    InvalidInput
        It may not be listed.
    Unavailable
        The deadline passed.
    """
    marker: dict[str, str] = {}
    while True:
        try:
            answer = resend(lambda marker=marker: call(**request, **marker), until, what=f"the listing of {what}")  # type: ignore[misc]
        except ClientError as exc:
            if aws.error_code(exc) == "ResourceNotFoundException":
                return
            raise InvalidInput(
                f"{what} can't be listed ({exc}): allow {may}; another account's layer needs a role of that account"
            ) from exc
        yield from answer[key]
        if not answer.get("NextMarker"):
            return
        marker = {"Marker": answer["NextMarker"]}
