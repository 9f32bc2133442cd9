"""Environment variables, read once, into a typed object, at init."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TypeVar

from tallygate.errors import InvalidInput

T = TypeVar("T")


class MissingSetting(InvalidInput):
    """An environment variable is missing or malformed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSettings:
    """What `plan` needs: tables and buckets by name."""

    batches_table: str
    batches_bucket: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkSettings:
    """What `work` needs; the lease in seconds."""

    batches_table: str
    batches_bucket: str
    events_table: str
    events_epoch: int
    overflow_bucket: str
    lease_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GatekeeperSettings:
    """What `gatekeeper` needs; the worker function by name."""

    batches_table: str
    batches_bucket: str
    worker_function: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSettings:
    """What `report` needs."""

    batches_table: str
    events_table: str
    events_epoch: int
    overflow_bucket: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RelaySettings:
    """What `relay` needs: the Kinesis stream by name."""

    commit_stream: str


def from_environment(cls: type[T], environ: Mapping[str, str] | None = None) -> T:
    """The settings of type `cls`: the field `events_table` is read from `EVENTS_TABLE`.

    Raises
    ------
    MissingSetting
        A variable is missing, empty, or no positive whole number where one is needed.
    """
    source = os.environ if environ is None else environ
    return cls(**{field.name: _read(field.name.upper(), field.type, source) for field in fields(cls)})  # type: ignore[arg-type]


def _read(name: str, kind: object, source: Mapping[str, str]) -> str | int:
    text = source.get(name, "").strip()
    if not text:
        raise MissingSetting(f"the environment variable {name} is missing or empty: set it on the function (stacks/)")
    if kind is not int:
        return text
    if not text.isdecimal() or int(text) == 0:
        raise MissingSetting(f"the environment variable {name} is {text!r}, expected a whole number above 0")
    return int(text)
