"""What a mapping asks for, as far as its mends are on."""

import os
from dataclasses import dataclass
from typing import Any, Self

from local.emulator.event_sources.switches import SWITCHES, Switches

FOREVER = -1
RETRY_SECONDS = float(os.environ.get("TALLYGATE_RETRY_SECONDS", "0.05"))
"""The wait before a batch's first retry. It doubles with each further one; AWS starts at about a second."""
RETRY_SECONDS_MAX = max(1.0, RETRY_SECONDS)


@dataclass(frozen=True, slots=True)
class Settings:
    """`max_age` in seconds, `retries` after the first try; FOREVER is no limit. `destination` is an ARN or empty."""

    batch_size: int
    bisect: bool
    retries: int
    max_age: int
    partial: bool
    destination: str

    @classmethod
    def of(cls, mapping: dict[str, Any], *, switches: Switches = SWITCHES) -> Self:
        """Read a mapping as the emulator keeps it. Numbers may be strings: CloudFormation passes both."""
        # The emulator itself honours an age, and sends what is too old away, for DynamoDB alone.
        dynamodb = ":dynamodb:" in mapping["EventSourceArn"]
        on_failure = (mapping.get("DestinationConfig") or {}).get("OnFailure") or {}
        return cls(
            batch_size=int(mapping.get("BatchSize") or 100),
            bisect=switches.bisect and is_true(mapping.get("BisectBatchOnFunctionError")),
            retries=limit(mapping.get("MaximumRetryAttempts")) if switches.retry_limit else FOREVER,
            max_age=limit(mapping.get("MaximumRecordAgeInSeconds")) if switches.retry_limit or dynamodb else FOREVER,
            partial=switches.partial_batch
            and "ReportBatchItemFailures" in (mapping.get("FunctionResponseTypes") or []),
            destination=on_failure.get("Destination") or "" if switches.on_failure or dynamodb else "",
        )


def limit(value: Any) -> int:  # noqa: ANN401
    """Return a limit; what is missing is none."""
    return FOREVER if value is None else int(value)


def is_true(value: Any) -> bool:  # noqa: ANN401
    """Whether a flag is set, be it JSON's or CloudFormation's `"true"`."""
    return str(value).lower() == "true"


def retry_wait(failures: int) -> float:
    """Return the seconds to wait after so many failures of one batch."""
    return 0.0 if failures == 0 else float(min(RETRY_SECONDS_MAX, RETRY_SECONDS * 2 ** min(failures - 1, 30)))
