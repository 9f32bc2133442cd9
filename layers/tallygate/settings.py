"""Environment variables, read once, into a typed object, at init.

They are structs and no dataclasses: to define one of those takes most of a millisecond, and every cold function would
define them all.
"""

import os
from collections.abc import Mapping
from typing import TypeVar

import msgspec

from tallygate.errors import InvalidInput

T = TypeVar("T", bound=msgspec.Struct)


class MissingSetting(InvalidInput):
    """An environment variable is missing or malformed."""


class PlanSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What `plan` needs: tables and buckets by name; for estimates memory, scratch disk, and the lease in seconds."""

    batches_table: str
    batches_bucket: str
    worker_memory_mb: int
    lease_seconds: int
    plan_memory_mb: int
    plan_storage_mb: int
    queue_concurrency: int = 0  # workers that Lambda feeds from the queue


class WorkSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What `work` needs; the lease in seconds."""

    batches_table: str
    batches_bucket: str
    events_table: str
    events_epoch: int
    overflow_bucket: str
    lease_seconds: int


class SendSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What `send` needs: the table, the bucket, the queue's address."""

    batches_table: str
    batches_bucket: str
    queue_url: str


class GatekeeperSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What `gatekeeper` needs; the worker function by name, the queue by its URL."""

    batches_table: str
    batches_bucket: str
    worker_function: str
    queue_url: str


class ReportSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What `report` needs."""

    batches_table: str
    batches_bucket: str
    events_table: str
    events_epoch: int
    overflow_bucket: str


class RelaySettings(msgspec.Struct, frozen=True, kw_only=True):
    """What `relay` needs: the Kinesis stream by name."""

    commit_stream: str


class ConsumerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What every consumer needs; `consumer` is its id, such as `fleet-1`."""

    consumer: str
    views_table: str
    events_table: str
    events_epoch: int
    overflow_bucket: str


class EffectSettings(ConsumerSettings, frozen=True, kw_only=True):
    """What an effect needs beyond that: the name of the bus."""

    event_bus: str


class SweepSettings(ConsumerSettings, frozen=True, kw_only=True):
    """What a sweep needs beyond that: read units for looking, and the bus where it is an effect's."""

    sweep_read_units: int
    event_bus: str = ""


class LatestLayerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What `latest_layer` needs: how names begin of layers whose old versions it may delete, and after what quiet.

    Its own name is set by Lambda.
    """

    layer_prefix: str
    quiet_seconds: int
    aws_lambda_function_name: str = ""


def from_environment(cls: type[T], environ: Mapping[str, str] | None = None) -> T:
    """The settings of type `cls`: the field `events_table` is read from `EVENTS_TABLE`.

    One that has a default may be missing.

    Raises
    ------
    MissingSetting
        A variable is missing, empty, or no positive whole number where one is needed.
    """
    source = os.environ if environ is None else environ
    given = [field for field in msgspec.structs.fields(cls) if field.required or field.name.upper() in source]
    return cls(**{field.name: _read(field.name.upper(), field.type, source) for field in given})


def _read(name: str, kind: object, source: Mapping[str, str]) -> str | int:
    text = source.get(name, "").strip()
    if not text:
        raise MissingSetting(f"the environment variable {name} is missing or empty: set it on the function (stacks/)")
    if kind is not int:
        return text
    if not text.isdecimal() or int(text) == 0:
        raise MissingSetting(f"the environment variable {name} is {text!r}, expected a whole number above 0")
    return int(text)
