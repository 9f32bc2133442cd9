"""Finding a consumer that the domain declares by its id."""

from collections.abc import Sequence
from typing import Any, TypeVar

from tallygate.projections.effect import Effect
from tallygate.projections.errors import InvalidProjection, UnknownConsumer
from tallygate.projections.projection import Projection

C = TypeVar("C", Projection[Any], Effect)


def declared(id: str, consumers: Sequence[C]) -> C:
    """The projection (by name and version, such as `fleet-1`) or effect (by name).

    Raises
    ------
    UnknownConsumer
        There is none, or there are two.
    InvalidProjection
        Its events have personal fields, for which deployed consumers have no keys.
    """
    found = [consumer for consumer in consumers if consumer.id == id]
    if len(found) == 1:
        return _readable(found[0])
    known = ", ".join(consumer.id for consumer in consumers) or "none"
    many = "two are called" if found else "none is called"
    raise UnknownConsumer(f"of the declared consumers ({known}) {many} {id!r}: mend PROJECTIONS or EFFECTS in domain")


def _readable(consumer: C) -> C:
    if consumer.of.has_personal_data:
        raise InvalidProjection(
            f"{consumer.id} follows {consumer.category}, whose events have personal fields: deployed consumers have no "
            "vault for their keys yet. Follow an aggregate without them"
        )
    return consumer
