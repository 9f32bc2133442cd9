"""What is asked for: which table is restored, to when, and as what."""

import re
from dataclasses import dataclass
from datetime import datetime

from tallygate import clock
from tallygate.restore.errors import BadTime, CannotRestore, UnknownEnvironment

_ENVIRONMENT = re.compile(r"[a-z][a-z0-9]{1,11}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A restore.

    Parameters
    ----------
    environment : str
        Such as `dev`.
    at : datetime
        To when, UTC, whole seconds: point-in-time recovery knows no finer time.
    source : str
        The events table that is in use.
    epoch : int
        Of the restored table, above that of the source.
    """

    environment: str
    at: datetime
    source: str
    epoch: int

    @property
    def target(self) -> str:
        """The new table's name; never that of a table that there was before."""
        return f"{prefix(self.environment)}-events-{self.epoch}"

    @property
    def stream_parameter(self) -> str:
        """The SSM parameter from which the relay's stack learns the ARN of the new table's stream."""
        return f"/tallygate/{self.environment}/events-stream/{self.target}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """To what times a table can be restored, UTC."""

    earliest: datetime
    latest: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InUse:
    """The events table, its epoch, and the bucket of what is too large for it."""

    table: str
    epoch: int
    overflow_bucket: str


def prefix(environment: str) -> str:
    """What all names of an environment begin with. Raises UnknownEnvironment for what can't be one."""
    if not _ENVIRONMENT.fullmatch(environment):
        raise UnknownEnvironment(
            f"the environment is {environment!r}: give the name of one in stacks/environments.py, such as ENV=dev"
        )
    return f"tallygate-{environment}"


def moment(text: str) -> datetime:
    """The time of a text such as `2026-11-21T10:00:00Z`, cut to the second. Raises BadTime."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as exc:
        raise BadTime(f"the time {text!r} is none: write it as AT=2026-11-21T10:00:00Z") from exc
    if at.tzinfo is None:
        raise BadTime(f"the time {text!r} has no offset: write AT={text}Z if it is UTC")
    return clock.from_text(text).replace(microsecond=0)


def next_epoch(in_use: int, wanted: int | None) -> int:
    """The restored table's epoch: the next one, or a later one that is wanted. Raises CannotRestore."""
    if wanted is not None and wanted <= in_use:
        raise CannotRestore(
            f"epoch {wanted} is not after that of the table in use, {in_use}: leave EPOCH out for {in_use + 1}, or "
            "give a higher number where an earlier restore has used that one"
        )
    return in_use + 1 if wanted is None else wanted


def check_time(at: datetime, window: Window | None, *, source: str, now: datetime) -> None:
    """Raise BadTime, or CannotRestore where the table has no point-in-time recovery."""
    if at > now:
        raise BadTime(f"{clock.to_text(at)} is in the future: it is {clock.to_text(now)}")
    if window is None:
        raise CannotRestore(
            f"{source} has no point-in-time recovery, so that there is no earlier state of it: restore an on-demand "
            "backup or an export (docs/restore.md)"
        )
    if at < window.earliest:
        raise BadTime(f"{clock.to_text(at)} is before {clock.to_text(window.earliest)}, the earliest of {source}")
    if at > window.latest:
        raise BadTime(
            f"{clock.to_text(at)} is after {clock.to_text(window.latest)}, the latest that {source} can be restored to "
            "by now: wait some minutes, or give an earlier time"
        )
