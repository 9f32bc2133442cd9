"""Checks of single fields of an execution's input: each takes (field, value) and returns the value, or refuses it."""

from collections.abc import Callable
from typing import Any

from tallygate.batch.errors import BadInput
from tallygate.batch.plan.location import FORMATS, Location
from tallygate.batch.plan.names import BUCKET, NAME

Check = Callable[[str, object], Any]

MAX_SHOWN = 200
MAX_KEY_BYTES = 1024  # S3's limit
MAX_COLUMN = 1024
MAX_DEADLINE_MINUTES = 14 * 24 * 60  # our objects in S3 are kept for 30 days, executions are redrivable for 14


def location(field: str, value: object) -> Location:
    """`s3://bucket/key` of a file that we can read."""
    given = text(field, value)
    bucket, _, key = given.removeprefix("s3://").partition("/")
    if not given.startswith("s3://") or not BUCKET.fullmatch(bucket) or not key:
        raise BadInput(f'"{field}" is {shown(given)}, expected s3://bucket/key')
    if len(key.encode(errors="replace")) > MAX_KEY_BYTES:
        raise BadInput(f'"{field}" is {shown(given)}, a key over {MAX_KEY_BYTES:,} bytes: S3 has none')
    found = Location(bucket=bucket, key=key)
    if "." not in key or found.format not in FORMATS:
        raise BadInput(
            f'"{field}" is {shown(given)}, expected a key that ends in .csv or .jsonl (or .csv.gz, .jsonl.gz): '
            "convert or rename the file"
        )
    return found


def name(field: str, value: object) -> str:
    """What can be a batch's id."""
    given = text(field, value)
    if not NAME.fullmatch(given):
        raise BadInput(
            f'"{field}" is {shown(given)}, expected 1 to 80 of A-Z a-z 0-9 _ . - that begin with a letter or digit'
        )
    return given


def text(field: str, value: object) -> str:
    """Any text."""
    if not isinstance(value, str):
        raise BadInput(f'"{field}" is {json_type(value)} ({shown(value)}), expected text: write it in quotes')
    return value


def column(field: str, value: object) -> str:
    """The name of a column."""
    given = text(field, value)
    if not given.strip():
        raise BadInput(f'"{field}" is empty: name a column of the manifest, or leave it out')
    if len(given) > MAX_COLUMN:
        raise BadInput(f'"{field}" is {shown(given)}, expected a column, of {MAX_COLUMN:,} characters at most')
    return given


def whole(low: int, high: int) -> Check:
    """A whole number in a range."""

    def check(field: str, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise BadInput(
                f'"{field}" is {json_type(value)} ({shown(value)}), expected a whole number from {low} to {high:,}'
            )
        if not low <= value <= high:
            raise BadInput(f'"{field}" is {shown(value)}, expected {low} to {high:,}')
        return value

    return check


def minutes(field: str, value: object) -> float:
    """Minutes until the deadline."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadInput(f'"{field}" is {json_type(value)} ({shown(value)}), expected a number of minutes')
    if not 0 < value <= MAX_DEADLINE_MINUTES:
        raise BadInput(
            f'"{field}" is {shown(value)}, expected more than 0 and at most {MAX_DEADLINE_MINUTES:,} minutes (14 days)'
        )
    return value


def milliseconds(field: str, value: object) -> float:
    """How long an item takes, for an estimate."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadInput(f'"{field}" is {json_type(value)} ({shown(value)}), expected a number of milliseconds')
    if not 0 <= value <= 240_000:
        raise BadInput(f'"{field}" is {shown(value)}, expected 0 to 240,000 milliseconds (a worker ends after 240 s)')
    return value


def switch(field: str, value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise BadInput(f'"{field}" is {json_type(value)} ({shown(value)}), expected true or false, without quotes')
    return value


def one_of(*allowed: str) -> Check:
    """One of some words."""

    def check(field: str, value: object) -> str:
        if value not in allowed:
            raise BadInput(f'unknown {field} {shown(value)}: "{field}" must be {" or ".join(map(repr, allowed))}')
        return str(value)

    return check


def shown(value: object) -> str:
    """A value as a message quotes it: no message may be as long as an input can be (256 KiB)."""
    quoted = repr(value)
    return quoted if len(quoted) <= MAX_SHOWN else f"{quoted[:MAX_SHOWN]}…"


def json_type(value: object) -> str:
    """What JSON calls it."""
    names = {bool: "a boolean", int: "a number", float: "a number", str: "text", list: "an array", dict: "an object"}
    return names.get(type(value), "null")
