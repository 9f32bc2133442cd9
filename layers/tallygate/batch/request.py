"""A batch's input, as typed in the console, checked before anything is read or sent."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from tallygate.batch.errors import BadInput
from tallygate.batch.worker import Worker

OnIncomplete = Literal["partial", "fail"]

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
FORMATS = ("csv", "jsonl")
DISPATCHES = ("map",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """An object in S3."""

    bucket: str
    key: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    @property
    def format(self) -> str:
        """The file's extension, one of `FORMATS`."""
        return self.key.rsplit(".", 1)[-1].lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRequest:
    """What is asked for, complete with defaults.

    Parameters
    ----------
    manifest : Location
        CSV (with a header) or JSONL, one item a line.
    worker : str
        Name of the function for the items; default: the domain's first.
    name : str or None
        The batch's id; default: the execution's name.
    chunk_size : int
        Items in a chunk, 1 to 10,000.
    concurrency : int
        Chunks at a time, 1 to 10,000.
    item_concurrency : int
        Items at a time within a chunk, 1 to 100.
    dispatch : str
        How chunks reach workers: `map`.
    deadline_minutes : float
        Minutes after which what is missing is abandoned, up to 1,440.
    on_incomplete : str
        `partial` or `fail`: how the execution ends where items failed or were abandoned.
    """

    manifest: Location
    worker: str
    name: str | None = None
    chunk_size: int = 500
    concurrency: int = 20
    item_concurrency: int = 20
    dispatch: str = "map"
    deadline_minutes: float = 60
    on_incomplete: OnIncomplete = "partial"

    @classmethod
    def parse(cls, raw: object, workers: Sequence[Worker]) -> "BatchRequest":
        """The request in an execution's input.

        Raises
        ------
        BadInput
            A field is unknown, missing, of the wrong type or out of range.
        """
        if not isinstance(raw, Mapping):
            raise BadInput(f'the input is {_json_type(raw)}, expected an object: {{"manifest": "s3://bucket/key.csv"}}')
        if unknown := sorted(set(raw) - set(_FIELDS)):
            raise BadInput(f"unknown field {unknown[0]!r} in the input: known are {', '.join(_FIELDS)}")
        if "manifest" not in raw:
            raise BadInput('the input has no "manifest": add "manifest": "s3://bucket/key.csv"')
        checked = {field: _FIELDS[field](field, value) for field, value in raw.items()}
        checked.setdefault("worker", workers[0].name)
        _one_of(*(worker.name for worker in workers))("worker", checked["worker"])
        return cls(**checked)

    def parameters(self) -> dict[str, Any]:
        """All fields but the name, as JSON values: the same name with others is refused."""
        fields = asdict(self)
        del fields["name"]
        return fields | {"manifest": str(self.manifest)}


def _location(field: str, value: object) -> Location:
    text = _text(field, value)
    bucket, _, key = text.removeprefix("s3://").partition("/")
    if not text.startswith("s3://") or not _BUCKET.fullmatch(bucket) or not key:
        raise BadInput(f'"{field}" is {text!r}, expected s3://bucket/key')
    location = Location(bucket=bucket, key=key)
    if "." not in key or location.format not in FORMATS:
        raise BadInput(f'"{field}" is {text!r}, expected a key that ends in .csv or .jsonl: convert or rename the file')
    return location


def _name(field: str, value: object) -> str:
    text = _text(field, value)
    if not NAME.fullmatch(text):
        raise BadInput(
            f'"{field}" is {text!r}, expected 1 to 80 of A-Z a-z 0-9 _ . - that begin with a letter or digit'
        )
    return text


def _text(field: str, value: object) -> str:
    if not isinstance(value, str):
        raise BadInput(f'"{field}" is {_json_type(value)} ({value!r}), expected text: write it in quotes')
    return value


def _whole(low: int, high: int) -> Callable[[str, object], int]:
    def check(field: str, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise BadInput(
                f'"{field}" is {_json_type(value)} ({value!r}), expected a whole number from {low} to {high:,}'
            )
        if not low <= value <= high:
            raise BadInput(f'"{field}" is {value}, expected {low} to {high:,}')
        return value

    return check


def _minutes(field: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadInput(f'"{field}" is {_json_type(value)} ({value!r}), expected a number of minutes')
    if not 0 < value <= 1440:
        raise BadInput(f'"{field}" is {value}, expected more than 0 and at most 1,440 minutes (a day)')
    return value


def _one_of(*allowed: str) -> Callable[[str, object], str]:
    def check(field: str, value: object) -> str:
        if value not in allowed:
            raise BadInput(f'unknown {field} {value!r}: "{field}" must be {" or ".join(map(repr, allowed))}')
        return str(value)

    return check


def _json_type(value: object) -> str:
    names = {bool: "a boolean", int: "a number", float: "a number", str: "text", list: "an array", dict: "an object"}
    return names.get(type(value), "null")


_FIELDS: dict[str, Callable[[str, object], Any]] = {
    "manifest": _location,
    "name": _name,
    "worker": _text,
    "chunk_size": _whole(1, 10_000),
    "concurrency": _whole(1, 10_000),
    "item_concurrency": _whole(1, 100),
    "dispatch": _one_of(*DISPATCHES),
    "deadline_minutes": _minutes,
    "on_incomplete": _one_of("partial", "fail"),
}
