"""An environment: everything in which one deployment differs from another, as typed fields. Standard library only."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from stacks.undeployable import Undeployable

Architecture = Literal["arm64", "x86_64"]
Encryption = Literal["aws", "customer"]

LOG_RETENTION_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653)
_NAME = re.compile(r"[a-z][a-z0-9]{1,11}")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PYTHON = re.compile(r"3\.\d+")
_TABLE = re.compile(r"[a-zA-Z0-9_.-]{3,255}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_RUNBOOKS = re.compile(r"[^\s#]{1,200}")
_TAG_KEY = re.compile(r"(?!aws:)[\w .:/=+@-]{1,128}")
_TAG_VALUE = re.compile(r"[\w .:/=+@-]{0,256}")
OUR_TAGS = ("application", "environment")
_FAN_OUT = {
    "kinesis_retention_hours": (24, 8760),
    "stream_retry_attempts": (0, 10_000),
    "relay_batch_size": (1, 10_000),
    "consumer_batch_size": (1, 10_000),
    "consumer_parallelization": (1, 10),
    "consumer_memory_mb": (128, 10_240),
    "consumer_max_age_hours": (1, 168),
    "sweep_minutes": (0, 60),
    "sweep_read_units": (1, 1_000_000),
    "iterator_age_percent": (1, 90),
    "lag_alarm_seconds": (1, 86_400),
}


class BadEnvironment(Undeployable):
    """A field of an environment can't be deployed; the message names it and says how to mend it."""


@dataclass(frozen=True, kw_only=True)
class Environment:
    """One deployment.

    Parameters
    ----------
    name : str
        Part of every resource's name: a lower-case letter, then 1 to 11 of `a-z 0-9`.
    retain_data : bool
        Tables and bucket outlive their stack.
    protect_data : bool
        Deletion protection of the tables, termination protection of every stack.
    encryption : str
        Of what is stored: `aws`, keys that AWS manages, or `customer`, a key of your own account for all of it, rotated
        each year (it costs by the month and by the request).
    architecture : str
        Of the functions: `arm64` or `x86_64`.
    python : str
        The functions' Python, such as `3.13`.
    native : bool
        Layers are built for the interpreter that synthesizes: the emulator runs functions on it.
    tls_only : bool
        The bucket refuses plain http. (The emulator speaks nothing else.)
    tracing : bool
        Functions send traces to X-Ray.
    log_retention_days : int
        One of the periods that CloudWatch Logs knows.
    snap_start : bool
        Functions start from a snapshot of their initialised process (Python 3.12 and newer): cold starts are shorter,
        deployments longer.
    layer_versions_kept : int
        Of each layer of ours, 2 to 100, or 0 for all; those that a function uses are kept besides.
    worker_concurrency : int or None
        Reserved for workers that a map calls, and their most: 1 to 10,000; none for what the account has left.
    alarm_emails : tuple of str
        Who is told of alarms; each confirms once. Whoever else wants to know subscribes to the topic of alarms.
    runbooks : str
        Where docs/observability.md is found by whoever gets an alarm: an address of your own Git host, or, as it is,
        the path in the project.
    tags : mapping of str to str
        On every resource, beside `application` and `environment`.
    lease_seconds : int
        After so long without a sign of life a chunk's worker is taken for dead, 2 to 200.
    worker_memory_mb, plan_memory_mb : int
        128 to 10,240.
    worker_timeout_seconds : int
        20 to 240: an Express child ends at 300 s, whatever its worker does.
    plan_storage_mb : int
        Scratch disk of the plan, 512 to 10,240: 8 bytes an item, and the whole manifest where it is grouped.
    queue_concurrency : int
        Workers at a time that Lambda feeds from the queue of chunks, 2 to 1,000; 0 for none: workers of your own take
        them.
    not_ready_attempts : int
        Polls of the gatekeeper before an execution goes on as a new one: three events of a history each, of which there
        is room for 25,000. 3,000 polls are about 12 hours.
    manifest_buckets : tuple of str
        Further buckets from which manifests may be read.
    epoch : int
        Of the events table: 1, and one more after each restore from point-in-time recovery.
    restored_table : str
        The events table that a restore has made, by name; empty for the one that the stack made.
    shards : int or None
        Of the stream of commits: 1 to 1,000, or none for a stream on demand.
    kinesis_retention_hours : int
        How long the stream keeps commits, 24 to 8,760. The events table keeps them for ever: this is how long a
        consumer may stand still before the sweep has to read that table for it.
    stream_retry_attempts : int
        Tries more for a batch of a consumer's that fails, 0 to 10,000; then it is halved, and what is
        left in the end is a dead letter. While it is tried, its shard stands still. 10 outlast a short outage; what is
        given up is the sweep's.
    relay_batch_size : int
        Commits of one invocation of the relay, 1 to 10,000.
    consumer_batch_size : int
        Commits of one invocation of a projection or an effect, 1 to 10,000.
    consumer_parallelization : int
        Invocations at a time for one shard, 1 to 10.
    consumer_memory_mb : int
        Of projections, effects and sweeps, 128 to 10,240.
    consumer_max_age_hours : int
        Older commits are no longer taken from the stream, but left to the sweep: 1 to 168, and no more than the stream
        keeps.
    sweep_minutes : int
        Between two sweeps of a consumer, 1 to 60; 0 for none (the emulator: there a sweep is run when it is wanted).
    sweep_read_units : int
        Read units that one sweep may spend, 1 to 1,000,000.
    iterator_age_percent : int
        An alarm rings when a consumer has fallen behind by this part of the time after which it would miss commits,
        1 to 90.
    lag_alarm_seconds : int
        An alarm rings when one invocation in a hundred applies its oldest commit later than this, 1 to 86,400.
    forgetting : bool
        There is a vault of keys for personal data, which can be forgotten (a KMS key costs by the month).
    domain : str
        The folder of your code, relative to the project's. Its last part is not part of its name: the package is
        always `domain`.
    """

    name: str
    retain_data: bool = False
    protect_data: bool = False
    architecture: Architecture = "arm64"
    python: str = "3.13"
    native: bool = False
    tls_only: bool = True
    tracing: bool = True
    encryption: Encryption = "aws"
    snap_start: bool = False
    layer_versions_kept: int = 5
    worker_concurrency: int | None = None
    alarm_emails: tuple[str, ...] = ()
    runbooks: str = "docs/observability.md"
    tags: Mapping[str, str] = field(default_factory=dict, hash=False)
    log_retention_days: int = 30
    lease_seconds: int = 30
    worker_memory_mb: int = 256
    plan_memory_mb: int = 512
    worker_timeout_seconds: int = 240
    plan_storage_mb: int = 2048
    queue_concurrency: int = 20
    not_ready_attempts: int = 3000
    manifest_buckets: tuple[str, ...] = ()
    epoch: int = 1
    restored_table: str = ""
    shards: int | None = None
    kinesis_retention_hours: int = 24
    stream_retry_attempts: int = 10
    relay_batch_size: int = 100
    consumer_batch_size: int = 500
    consumer_parallelization: int = 1
    consumer_memory_mb: int = 512
    consumer_max_age_hours: int = 24
    sweep_minutes: int = 5
    sweep_read_units: int = 1000
    iterator_age_percent: int = 25
    lag_alarm_seconds: int = 60
    forgetting: bool = False
    domain: str = "layers/domain"

    def __post_init__(self) -> None:
        self._demand("name", _NAME.fullmatch(self.name), "a lower-case letter, then 1 to 11 of a-z and 0-9")
        self._demand("name", self.name != "pipeline", "another: -c env=pipeline takes the pipeline")
        self._demand("architecture", self.architecture in ("arm64", "x86_64"), "arm64 or x86_64")
        self._demand("python", _PYTHON.fullmatch(self.python), "a version such as 3.13")
        periods = ", ".join(map(str, LOG_RETENTION_DAYS))
        self._demand("log_retention_days", self.log_retention_days in LOG_RETENTION_DAYS, f"one of {periods}")
        self._check_safety()
        self._between("lease_seconds", 2, 200)
        self._between("worker_memory_mb", 128, 10_240)
        self._between("plan_memory_mb", 128, 10_240)
        self._between("worker_timeout_seconds", 20, 240)
        self._between("plan_storage_mb", 512, 10_240)
        queue = self.queue_concurrency
        self._demand("queue_concurrency", queue == 0 or 2 <= queue <= 1000, "2 to 1000, or 0 for no such worker")
        self._between("not_ready_attempts", 1, 5000)
        self._demand("epoch", self.epoch >= 1, "a whole number above 0")
        self._check_restore()
        for bucket in self.manifest_buckets:
            self._demand("manifest_buckets", _BUCKET.fullmatch(bucket), f"names of buckets, {bucket!r} is none")
        self._demand("shards", self.shards is None or 1 <= self.shards <= 1000, "1 to 1000, or None for on demand")
        for name, (low, high) in _FAN_OUT.items():
            self._between(name, low, high)
        self._demand(
            "consumer_max_age_hours",
            self.consumer_max_age_hours <= self.kinesis_retention_hours,
            f"no more than kinesis_retention_hours, {self.kinesis_retention_hours}",
        )

    def _check_safety(self) -> None:
        self._demand("encryption", self.encryption in ("aws", "customer"), "aws or customer")
        minor = int(self.python.removeprefix("3."))
        self._demand(
            "snap_start", not self.snap_start or minor >= 12, f"False with python {self.python}: it needs 3.12"
        )
        self._demand("snap_start", not (self.snap_start and self.native), "False on the emulator")
        kept = self.layer_versions_kept
        self._demand("layer_versions_kept", kept == 0 or 2 <= kept <= 100, "2 to 100, or 0 for all")
        workers = self.worker_concurrency
        self._demand("worker_concurrency", workers is None or 1 <= workers <= 10_000, "1 to 10000, or None")
        for address in self.alarm_emails:
            self._demand("alarm_emails", _EMAIL.fullmatch(address), f"e-mail addresses, {address!r} is none")
        self._demand(
            "runbooks",
            _RUNBOOKS.fullmatch(self.runbooks),
            "a path or an address, up to 200 characters without # or space",
        )
        for key, value in self.tags.items():
            fits = key not in OUR_TAGS and _TAG_KEY.fullmatch(key) and _TAG_VALUE.fullmatch(value)
            self._demand(
                "tags", fits, f"tags as AWS takes them, other than {' and '.join(OUR_TAGS)}: {key!r} does not fit"
            )

    def _check_restore(self) -> None:
        if self.restored_table:
            self._demand("restored_table", _TABLE.fullmatch(self.restored_table), "the name of a table")
            self._demand("restored_table", self.epoch >= 2, "empty with epoch 1: a restored table begins a new epoch")
            # Copied from another environment it would have this one's functions write into that one's events.
            ours = f"tallygate-{self.name}-events-"
            other = f"another table than the stack's own, of this environment: {ours}…"
            self._demand("restored_table", self.restored_table.startswith(ours), other)

    @property
    def title(self) -> str:
        """The id of the environment's stage: `cdk deploy 'Dev/*'`."""
        return self.name.capitalize()

    def _between(self, name: str, low: int, high: int) -> None:
        self._demand(name, low <= getattr(self, name) <= high, f"{low} to {high}")

    def _demand(self, name: str, fits: object, expected: str) -> None:
        if not fits:
            raise BadEnvironment(
                f"environment {self.name!r}: {name} is {getattr(self, name)!r}, expected {expected} "
                "(stacks/environments.py)"
            )
