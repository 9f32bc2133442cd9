"""What a user writes for a batch: a plain function of (item, context), and the name under which it is asked for."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from tallygate.errors import InvalidInput
from tallygate.events import Aggregate, EventStore, Executed

S = TypeVar("S")


class Item(msgspec.Struct, frozen=True):
    """One line of the manifest.

    Parameters
    ----------
    id : str
        Unique in the manifest.
    data : mapping
        By column name: text from CSV, JSON values from JSONL.
    line : int
        Where it stands in the manifest, from 1.
    """

    id: str
    data: Mapping[str, Any]
    line: int


class Context(msgspec.Struct, frozen=True):
    """What an item's function has at hand.

    Parameters
    ----------
    batch : str
        The batch's id.
    item : str
        The item's id.
    since : datetime
        When the batch was planned: no try of this item is older.
    store : EventStore
        For everything that `execute` doesn't do.
    """

    batch: str
    item: str
    since: datetime
    store: EventStore

    @property
    def key(self) -> str:
        """`batch/item`, the same on every try: the idempotency key for effects outside the event store."""
        return f"{self.batch}/{self.item}"

    def execute(
        self, aggregate: Aggregate[S], id: str, decide: Callable[[S], Sequence[object]], *, step: str = ""
    ) -> Executed[S]:
        """Carry out this item's command on a stream, exactly once however often the item is tried.

        Parameters
        ----------
        step : str
            Tells apart several commands of one item on the same stream.

        Raises
        ------
        TransientError
            Let it pass: the worker tries the item again.
        """
        # A list, because any character that could part item and step may stand in an item's id. No batch begins with [.
        command_id = json.dumps([self.batch, self.item, step]) if step else self.key
        return self.store.execute(
            aggregate, id, decide, command_id=command_id, since=self.since, meta={"batch": self.batch}
        )


def id_column(row: Mapping[str, Any]) -> str:
    """The default item id: the column `id`, text or a whole number."""
    value = row["id"]
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise TypeError(f"the id is {value!r}, neither text nor a whole number")
    return str(value)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_error(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, Exception)


def _is_tuple(value: object, each: Callable[[object], bool]) -> bool:
    return isinstance(value, tuple) and all(map(each, value))


class Worker(msgspec.Struct, frozen=True, kw_only=True):
    """A named function for the items of a batch.

    Parameters
    ----------
    name : str
        As typed in the batch's input.
    process : callable
        `(item, context) -> None`. Return: the effect is durable, the item is ok. Raise `TransientError`: the item is
        tried again. Raise anything else: the item is recorded as failed, with the error's text.
    item_id : callable, optional
        The item's id from its data; default: the column `id`.
    columns : tuple of str, optional
        Columns that every item must have.
    retry : tuple of exception classes, optional
        Errors of your own after which an item is tried again, as after a `TransientError`.

    Raises
    ------
    InvalidInput
        A part is missing or of another type.
    """

    name: str
    process: Callable[[Item, Context], None]
    item_id: Callable[[Mapping[str, Any]], str] = id_column
    columns: tuple[str, ...] = ("id",)
    retry: tuple[type[Exception], ...] = ()

    def __post_init__(self) -> None:
        if not _is_text(self.name) or not self.name.strip():
            raise InvalidInput(f"a worker's name is {self.name!r}, expected text: it is what a batch asks for")
        for part, signature in (("process", "(item, context)"), ("item_id", "(data)")):
            if not callable(getattr(self, part)):
                raise InvalidInput(f"{part} of worker {self.name!r} can't be called: give a function of {signature}")
        if not _is_tuple(self.columns, _is_text):
            raise InvalidInput(f"columns of worker {self.name!r} is {self.columns!r}, expected a tuple of names")
        if not _is_tuple(self.retry, _is_error):
            raise InvalidInput(
                f"retry of worker {self.name!r} is {self.retry!r}, expected a tuple of exception classes"
            )
