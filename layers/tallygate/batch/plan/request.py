"""A new batch, as typed in the console, checked before anything is read or sent."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec
from msgspec.structs import asdict

from tallygate.batch.errors import BadInput
from tallygate.batch.plan import input_fields as fields
from tallygate.batch.plan.location import Location
from tallygate.batch.worker import Worker

OnIncomplete = Literal["partial", "fail"]
DISPATCHES = ("map", "queue")
GUARDS = ("max_items", "dry_run", "item_ms")  # they say whether a batch starts, not what it is


class BatchRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for, complete with defaults.

    Parameters
    ----------
    manifest : Location
        CSV (with a header) or JSONL, one item a line; gzipped or not.
    worker : str
        Name of the function for the items; default: the domain's first.
    name : str or None
        The batch's id; default: the execution's name.
    group_by : str or None
        Items that have the same value in this column stand in one chunk, as long as it holds them.
    chunk_size : int
        Items in a chunk, 1 to 10,000.
    concurrency : int
        Chunks at a time, 1 to 10,000. With `queue` the workers' number decides, and this is not asked.
    item_concurrency : int
        Items at a time within a chunk, 1 to 100.
    dispatch : str
        How chunks reach workers: `map` or `queue`.
    deadline_minutes : float
        Minutes after which what is missing is abandoned, up to 14 days.
    on_incomplete : str
        `partial` or `fail`: how the execution ends where items failed or were abandoned.
    max_items : int or None
        A longer manifest is refused.
    dry_run : bool
        Check everything and estimate, but start nothing.
    item_ms : float or None
        For the estimate: milliseconds that an item waits for its own calls; None: not said.
    """

    manifest: Location
    worker: str
    name: str | None = None
    group_by: str | None = None
    chunk_size: int = 500
    concurrency: int = 20
    item_concurrency: int = 20
    dispatch: str = "map"
    deadline_minutes: float = 60
    on_incomplete: OnIncomplete = "partial"
    max_items: int | None = None
    dry_run: bool = False
    item_ms: float | None = None

    @classmethod
    def parse(cls, raw: Mapping[str, Any], workers: Sequence[Worker]) -> "BatchRequest":
        """The request in an execution's input.

        Raises
        ------
        BadInput
            A field is unknown, missing, of the wrong type or out of range.
        """
        checked = checked_fields(raw, _FIELDS)
        if "manifest" not in checked:
            raise BadInput('the input has no "manifest": add "manifest": "s3://bucket/key.csv"')
        checked.setdefault("worker", workers[0].name)
        one_of_the_workers(checked, workers)
        return cls(**checked)

    def parameters(self) -> dict[str, Any]:
        """What makes the batch what it is, as JSON values: the same name with others is refused."""
        said = {field: value for field, value in asdict(self).items() if field not in ("name", *GUARDS)}
        return said | {"manifest": str(self.manifest)}


def checked_fields(raw: Mapping[str, Any], known: Mapping[str, fields.Check]) -> dict[str, Any]:
    """The fields that are given, each checked. Raises `BadInput`."""
    if unknown := sorted(set(raw) - set(known)):
        raise BadInput(f"unknown field {fields.shown(unknown[0])} in the input: known are {', '.join(known)}")
    demand_no_concurrency_of_a_queue(raw, raw.get("dispatch"))
    return {field: known[field](field, value) for field, value in raw.items()}


def demand_no_concurrency_of_a_queue(given: Mapping[str, Any], dispatch: object) -> None:
    """Raises `BadInput` where a concurrency is given that nobody would keep."""
    if dispatch == "queue" and "concurrency" in given:
        raise BadInput(
            '"concurrency" says nothing where "dispatch" is \'queue\': there it is the number of workers '
            "(the field queue_concurrency of the environment, and your own); leave it out"
        )


def one_of_the_workers(checked: Mapping[str, Any], workers: Sequence[Worker]) -> None:
    """Raises `BadInput` where a worker is named that the domain doesn't have."""
    if "worker" in checked:
        fields.one_of(*(worker.name for worker in workers))("worker", checked["worker"])


RUNNING: dict[str, fields.Check] = {
    "worker": fields.text,
    "chunk_size": fields.whole(1, 10_000),
    "concurrency": fields.whole(1, 10_000),
    "item_concurrency": fields.whole(1, 100),
    "dispatch": fields.one_of(*DISPATCHES),
    "deadline_minutes": fields.minutes,
    "on_incomplete": fields.one_of("partial", "fail"),
}
"""Fields that a redrive may have too."""

_FIELDS: dict[str, fields.Check] = {
    "manifest": fields.location,
    "name": fields.name,
    "group_by": fields.column,
    **RUNNING,
    "max_items": fields.whole(1, 1_000_000_000),
    "dry_run": fields.switch,
    "item_ms": fields.milliseconds,
}
