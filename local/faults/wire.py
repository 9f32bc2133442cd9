"""Faults between the workers and DynamoDB.

with WireFaults(upstream=emulator.endpoint, seed=7, log=folder / "faults.log") as faults:
emulator.set_worker_environment(AWS_ENDPOINT_URL_DYNAMODB=faults.endpoint)
"""

import json
import sys
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from local.server import Server

PROXY = Path(__file__).with_name("proxy.py")
PROBABILITY = 0.05
Fault = dict[str, Any]
FAULTS: Mapping[str, Fault] = {
    "answered 500 before the write": {"error": {"code": "InternalServerError", "status": 500}},
    "answer lost after the write": {"response": {"abort_frac": 0.0}},
}
"""What to call a fault, and microburst's rule for it. The second one is what makes a counter miscount."""
THROTTLED: Mapping[str, Fault] = {
    "throttled": {"error": {"code": "ProvisionedThroughputExceededException", "status": 400}}
}
RESET: Mapping[str, Fault] = {"connection reset before the write": {"reset": True}}
ALL: Mapping[str, Fault] = {**FAULTS, **THROTTLED, **RESET}


def late(seconds: float) -> Mapping[str, Fault]:
    """A call is passed on only after so many seconds, whether its client still waits or not."""
    return {f"late by {seconds:g} s": {"latency": 1000 * seconds}}


WARMING = {
    "X-Amz-Target": "DynamoDB_20120810.ListTables",
    "Content-Type": "application/x-amz-json-1.0",
    "Authorization": "AWS4-HMAC-SHA256 Credential=000000000000/20250101/us-east-1/dynamodb/aws4_request",
    "User-Agent": "tallygate-observer",
}


class WireFaults(Server):
    """A proxy before DynamoDB. By default it fails one PutItem in twenty before the write, and one in twenty after it.

    Parameters
    ----------
    upstream : str
        What it stands before.
    seed : int
        The n-th matching request meets the same fate whenever the seed is the same.
    log : Path
    probability : float
        Of each fault.
    faults : mapping
        Some of `ALL`, or `late(seconds)`.
    operations : sequence of str
        Which calls meet them.
    """

    name = "the fault proxy"

    def __init__(
        self,
        *,
        upstream: str,
        seed: int,
        log: Path,
        probability: float = PROBABILITY,
        faults: Mapping[str, Fault] = FAULTS,
        operations: Sequence[str] = ("PutItem",),
    ) -> None:
        super().__init__(log=log)
        self._upstream = upstream
        self._seed = seed
        self._faults = faults
        self._operations = operations
        self._rules = [
            {"service": "dynamodb", "operation": operation, "probability": probability, **fault}
            for fault in faults.values()
            for operation in operations
        ]

    def command(self) -> Sequence[str]:
        """Return the proxy's command line."""
        chosen = ["--upstream", self._upstream, "--seed", str(self._seed), "--rules", json.dumps(self._rules)]
        return (sys.executable, str(PROXY), "--port", str(self.port), *chosen)

    def healthy(self) -> bool:
        """Whether our own proxy answers."""
        try:
            return bool(self._ask("health")["upstream"].rstrip("/") == self._upstream.rstrip("/"))
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def start(self) -> Self:
        """Start, and let the proxy read the service models now: its first request of each service takes seconds."""
        super().start()
        request = urllib.request.Request(self.endpoint, data=b"{}", headers=WARMING)  # noqa: S310
        with urllib.request.urlopen(request, timeout=30):  # noqa: S310
            return self

    def fired(self) -> dict[str, int]:
        """Return how often each fault has struck."""
        by_rule = {entry["id"]: entry["fired"] for entry in self._ask("stats")["by_rule"]}
        counts = iter([by_rule.get(rule["id"], 0) for rule in self._ask("rules")])
        return {name: sum(next(counts) for _ in self._operations) for name in self._faults}

    def _ask(self, what: str) -> Any:  # noqa: ANN401
        with urllib.request.urlopen(f"{self.endpoint}/_microburst/{what}", timeout=5) as answer:  # noqa: S310
            return json.load(answer)
