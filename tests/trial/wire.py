"""Faults on what the functions ask of DynamoDB, S3, SQS and Lambda: 500 before it is done, or the answer lost after."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from local.faults.wire import FAULTS, WireFaults

PROXY = Path(__file__).with_name("proxy.py")
OPERATIONS: Mapping[str, Sequence[str]] = {
    "dynamodb": ("PutItem", "UpdateItem", "GetItem", "Query"),
    "s3": ("GetObject", "PutObject", "UploadPart"),
    "sqs": ("SendMessageBatch", "GetQueueAttributes"),
    "lambda": ("Invoke",),
}


class ServiceFaults(WireFaults):
    """A proxy before every service of `OPERATIONS`.

    Parameters
    ----------
    upstream, seed, log, probability
        As of `WireFaults`.
    """

    def __init__(self, *, upstream: str, seed: int, log: Path, probability: float) -> None:
        super().__init__(upstream=upstream, seed=seed, log=log, probability=probability)
        self._named: list[tuple[str, str]] = []
        self._rules: list[dict[str, Any]] = []
        for service, operations in OPERATIONS.items():
            for name, fault in FAULTS.items():
                for operation in operations:
                    self._named.append((service, name))
                    self._rules.append(
                        {"service": service, "operation": operation, "probability": probability, **fault}
                    )

    def command(self) -> Sequence[str]:
        """The command line of a proxy that S3's clients can read from."""
        python, _, *told = super().command()
        return (python, str(PROXY), *told)

    def variables(self) -> dict[str, str]:
        """The variables by which an SDK finds this proxy."""
        return {f"AWS_ENDPOINT_URL_{service.upper()}": self.endpoint for service in OPERATIONS}

    def fired(self) -> dict[str, int]:
        """How often each fault has struck, by service and fault."""
        by_rule = {entry["id"]: entry["fired"] for entry in self._ask("stats")["by_rule"]}
        struck: dict[str, int] = {}
        for (service, name), rule in zip(self._named, self._ask("rules"), strict=True):
            what = f"{service} {name}"
            struck[what] = struck.get(what, 0) + by_rule.get(rule["id"], 0)
        return struck
