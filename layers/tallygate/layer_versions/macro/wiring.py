"""The composition root of the macro."""

from collections.abc import Mapping
from typing import Any

from tallygate.deadline import Deadline
from tallygate.layer_versions.lambda_catalogue import LambdaCatalogue
from tallygate.layer_versions.macro.protocol import Answer, answer


def use_latest(event: Mapping[str, Any], *, seconds: float) -> Answer:
    """The macro on AWS. Nothing is remembered from one call to the next.

    Parameters
    ----------
    event : mapping
        See `protocol.answer`.
    seconds : float
        For all that Lambda is asked.
    """
    return answer(event, LambdaCatalogue(until=Deadline.after(seconds)))
