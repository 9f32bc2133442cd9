"""Environments of the tests' own: not the project's, in which teams say what they like (stacks/environments.py)."""

import platform
import sys

from stacks.environment import Environment
from stacks.environments import ENVIRONMENTS, by_name

OF_THE_PROJECT = dict(ENVIRONMENTS)  # as make knows them
OWN = by_name(
    Environment(
        name="local",
        architecture="arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64",
        python=f"{sys.version_info.major}.{sys.version_info.minor}",
        native=True,
        tls_only=False,
        tracing=False,
        log_retention_days=1,
        lease_seconds=5,
        worker_timeout_seconds=60,
        queue_concurrency=4,
        shards=1,
        sweep_minutes=0,
        sweep_read_units=10_000,
    ),
    Environment(name="dev", log_retention_days=7),
    Environment(name="test", log_retention_days=7),
    Environment(name="prod", retain_data=True, protect_data=True, encryption="customer", log_retention_days=365),
)


def take() -> None:
    """Put them in the place of the project's, for as long as this process runs."""
    ENVIRONMENTS.clear()
    ENVIRONMENTS.update(OWN)
