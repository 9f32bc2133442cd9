"""Checks of single fields of an execution's input: each takes (field, value) and returns the value, or refuses it."""

from collections.abc import Callable
from typing import Any

from tallygate.batch.errors import BadInput
from tallygate.batch.plan.location import FORMATS, Location
from tallygate.batch.plan.names import BUCKET, NAME

Check = Callable[[str, object], Any]

MAX_DEADLINE_MINUTES = 14 * 24 * 60  # our objects in S3 are kept for 30 days, executions are redrivable for 14


def location(field: str, value: object) -> Location:
    """`s3://bucket/key` of a file that we can read."""
    given = text(field, value)
    bucket, _, key = given.removeprefix("s3://").partition("/")
    if not given.startswith("s3://") or not BUCKET.fullmatch(bucket) or not key:
        raise BadInput(f'"{field}" is {given!r}, expected s3://bucket/key')
    found = Location(bucket=bucket, key=key)
    if "." not in key or found.format not in FORMATS:
        raise BadInput(
            f'"{field}" is {given!r}, expected a key that ends in .csv or .jsonl (or .csv.gz, .jsonl.gz): '
            "convert or rename the file"
        )
    return found


def name(field: str, value: object) -> str:
    """What can be a batch's id."""
    given = text(field, value)
    if not NAME.fullmatch(given):
        raise BadInput(
            f'"{field}" is {given!r}, expected 1 to 80 of A-Z a-z 0-9 _ . - that begin with a letter or digit'
        )
    return given


def text(field: str, value: object) -> str:
    """Any text."""
    if not isinstance(value, str):
        raise BadInput(f'"{field}" is {json_type(value)} ({value!r}), expected text: write it in quotes')
    return value


def column(field: str, value: object) -> str:
    """The name of a column."""
    given = text(field, value)
    if not given.strip():
        raise BadInput(f'"{field}" is empty: name a column of the manifest, or leave it out')
    return given


def whole(low: int, high: int) -> Check:
    """A whole number in a range."""

    def check(field: str, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise BadInput(
                f'"{field}" is {json_type(value)} ({value!r}), expected a whole number from {low} to {high:,}'
            )
        if not low <= value <= high:
            raise BadInput(f'"{field}" is {value}, expected {low} to {high:,}')
        return value

    return check


def minutes(field: str, value: object) -> float:
    """Minutes until the deadline."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadInput(f'"{field}" is {json_type(value)} ({value!r}), expected a number of minutes')
    if not 0 < value <= MAX_DEADLINE_MINUTES:
        raise BadInput(
            f'"{field}" is {value}, expected more than 0 and at most {MAX_DEADLINE_MINUTES:,} minutes (14 days)'
        )
    return value


def milliseconds(field: str, value: object) -> float:
    """How long an item takes, for an estimate."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadInput(f'"{field}" is {json_type(value)} ({value!r}), expected a number of milliseconds')
    if not 0 <= value <= 240_000:
        raise BadInput(f'"{field}" is {value}, expected 0 to 240,000 milliseconds (a worker ends after 240 s)')
    return value


def switch(field: str, value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise BadInput(f'"{field}" is {json_type(value)} ({value!r}), expected true or false, without quotes')
    return value


def one_of(*allowed: str) -> Check:
    """One of some words."""

    def check(field: str, value: object) -> str:
        if value not in allowed:
            raise BadInput(f'unknown {field} {value!r}: "{field}" must be {" or ".join(map(repr, allowed))}')
        return str(value)

    return check


def json_type(value: object) -> str:
    """What JSON calls it."""
    names = {bool: "a boolean", int: "a number", float: "a number", str: "text", list: "an array", dict: "an object"}
    return names.get(type(value), "null")
