"""What the emulator counted of a batch, as amounts that AWS bills."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from local.deployment import BATCHES_TABLE, EVENTS_TABLE, PREFIX, RELAY
from tallygate.batch.cost import cost_model
from tallygate.batch.cost.bill import Amounts

TABLES = (BATCHES_TABLE, EVENTS_TABLE)
READS, WRITES = ("GET", "HEAD"), ("PUT", "POST")
TIMES = ("express_gb_seconds", "coordination_gb_seconds", "init_gb_seconds", "item_gb_seconds")


def calls(meter: Mapping[str, Any], transitions: int, children: int, messages: int) -> Amounts:
    """Counted calls, without any time.

    What the emulator's Step Functions and its event source do within its own process is no call on the wire: the map's
    reads and writes of S3, the two calls of the last states, and a receive and a delete for each message. They are
    added as AWS would make them.

    Parameters
    ----------
    meter : mapping
        See `local.emulator.meter.counts.Meter.snapshot`; reset before the batch.
    transitions, children : int
        From the execution's history and its map runs; transitions include the children.
    messages : int
        Chunks that a worker received from the queue.
    """
    s3, sqs = meter["calls"].get("s3", {}), meter["calls"].get("sqs", {})
    return Amounts(
        transitions=transitions,
        express_requests=children,
        invocations=sum(function.get("invocations", 0) for function in _functions(meter).values()),
        sqs_requests=sum(sqs.values()) + 2 * messages,
        write_units=_units(meter, "write_units"),
        read_units=_units(meter, "read_units"),
        s3_gets=_requests(s3, READS) + (cost_model.MAP_READS if children else 0),
        s3_puts=_requests(s3, WRITES) + (cost_model.MAP_WRITES if children else 0),
        events=1,
        notifications=1,
    )


def cold_starts(meter: Mapping[str, Any], *functions: str) -> int:
    """Processes of these functions that were started."""
    return sum(int(_functions(meter).get(function, {}).get("cold_starts", 0)) for function in functions)


def with_time_of(used: Amounts, modelled: Amounts) -> Amounts:
    """The same calls and the model's function time: what a process takes on this machine says nothing of Lambda."""
    return replace(used, **{name: getattr(modelled, name) for name in TIMES})


def without_time(used: Amounts) -> Amounts:
    """Calls only."""
    return replace(used, **dict.fromkeys(TIMES, 0.0))


def _functions(meter: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """The batch's: the relay is woken by the report's event, but it is the fan-out's."""
    return {name: one for name, one in meter["functions"].items() if name.startswith(PREFIX) and name != RELAY}


def _units(meter: Mapping[str, Any], kind: str) -> float:
    tables = [meter["tables"].get(table, {}) for table in TABLES]
    return float(sum(operation.get(kind, 0.0) for table in tables for operation in table.values()))


def _requests(s3: Mapping[str, int], methods: tuple[str, ...]) -> int:
    return sum(count for operation, count in s3.items() if operation.startswith(methods))
