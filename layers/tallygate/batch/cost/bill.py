"""What a batch uses of AWS, from the model or counted on the wire, and what that costs."""

from collections.abc import Mapping

import msgspec
from msgspec.structs import fields

from tallygate.batch.cost.prices import US_EAST_1, Prices


class Amounts(msgspec.Struct, frozen=True, kw_only=True):
    """Amounts that AWS bills.

    Not here, because their price is by the month or depends on settings: storage (a chunk's two records have 350
    bytes), logs, metrics, traces.

    Parameters
    ----------
    transitions : float
        Of the Standard execution, children of its map included.
    express_requests, express_gb_seconds : float
        The map's children.
    invocations : float
        Of all functions.
    sqs_requests : float
    write_units, read_units : float
        Of the batches table, and of the report's event in the events table. Not of what items do.
    s3_gets, s3_puts : float
    events, notifications : float
    coordination_gb_seconds : float
        Function time that is spent on no item: plan, gatekeeper, report, and what a worker does around its items.
    init_gb_seconds : float
        Cold starts, which are billed.
    item_gb_seconds : float
        Function time in which items are worked on.
    """

    transitions: float = 0
    express_requests: float = 0
    express_gb_seconds: float = 0
    invocations: float = 0
    sqs_requests: float = 0
    write_units: float = 0
    read_units: float = 0
    s3_gets: float = 0
    s3_puts: float = 0
    events: float = 0
    notifications: float = 0
    coordination_gb_seconds: float = 0
    init_gb_seconds: float = 0
    item_gb_seconds: float = 0

    def __add__(self, other: "Amounts") -> "Amounts":
        return Amounts(**{one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(self)})

    @property
    def units(self) -> float:
        """DynamoDB units, written and read."""
        return self.write_units + self.read_units


class Bill(msgspec.Struct, frozen=True):
    """Dollars.

    Parameters
    ----------
    coordination_by : mapping of str to float
        What is paid for the batch being a batch, by what it is paid for.
    init : float
        Cold starts.
    items : float
        The items' own function time: what would have to be paid anyhow.
    """

    coordination_by: Mapping[str, float]
    init: float
    items: float

    @property
    def coordination(self) -> float:
        """Dollars for everything but cold starts and the items' own time."""
        return sum(self.coordination_by.values())

    @property
    def total(self) -> float:
        """Everything."""
        return self.coordination + self.init + self.items


def bill(used: Amounts, prices: Prices = US_EAST_1) -> Bill:
    """Price each amount."""
    return Bill(
        {
            "Step Functions transitions": used.transitions * prices.transition,
            "Express executions": (
                used.express_requests * prices.express_request + used.express_gb_seconds * prices.express_gb_second
            ),
            "Lambda invocations": used.invocations * prices.invocation,
            "Lambda time around items": used.coordination_gb_seconds * prices.lambda_gb_second,
            "SQS requests": used.sqs_requests * prices.sqs_request,
            "DynamoDB writes": used.write_units * prices.write_unit,
            "DynamoDB reads": used.read_units * prices.read_unit,
            "S3 requests": used.s3_gets * prices.s3_get + used.s3_puts * prices.s3_put,
            "events and notifications": used.events * prices.event + used.notifications * prices.notification,
        },
        init=used.init_gb_seconds * prices.lambda_gb_second,
        items=used.item_gb_seconds * prices.lambda_gb_second,
    )
