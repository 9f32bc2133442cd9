"""Wall-clock time as it is stored: UTC, ISO-8601, milliseconds. Its text sorts as the time does."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The current time in UTC, cut to the milliseconds that are stored."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def to_text(at: datetime) -> str:
    """`2013-01-01T05:15:00.000Z`, always 24 characters."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def from_text(text: str) -> datetime:
    """The inverse of `to_text`; also reads any other ISO-8601 time that has an offset.

    Raises
    ------
    ValueError
        If the text is no ISO-8601 time with an offset.
    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"the time {text!r} has no offset: write it as {text}Z")
    return at.astimezone(UTC)
