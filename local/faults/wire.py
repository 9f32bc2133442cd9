"""Faults between the workers and DynamoDB.

with WireFaults(upstream=emulator.endpoint, seed=7, log=folder / "faults.log") as faults:
emulator.set_worker_environment(AWS_ENDPOINT_URL_DYNAMODB=faults.endpoint)
"""

import json
import sys
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from local.server import Server

PROXY = Path(__file__).with_name("proxy.py")
PROBABILITY = 0.05
FAULTS: dict[str, dict[str, Any]] = {
    "answered 500 before the write": {"error": {"code": "InternalServerError", "status": 500}},
    "answer lost after the write": {"response": {"abort_frac": 0.0}},
}
"""What to call a fault, and microburst's rule for it. The second one is what makes a counter miscount."""

WARMING = {
    "X-Amz-Target": "DynamoDB_20120810.ListTables",
    "Content-Type": "application/x-amz-json-1.0",
    "Authorization": "AWS4-HMAC-SHA256 Credential=000000000000/20250101/us-east-1/dynamodb/aws4_request",
    "User-Agent": "tallygate-observer",
}


class WireFaults(Server):
    """A proxy before DynamoDB that fails one PutItem in twenty before the write, and one in twenty after it."""

    name = "the fault proxy"

    def __init__(self, *, upstream: str, seed: int, log: Path, probability: float = PROBABILITY) -> None:
        super().__init__(log=log)
        self._upstream = upstream
        self._seed = seed
        self._rules = [
            {"service": "dynamodb", "operation": "PutItem", "probability": probability, **fault}
            for fault in FAULTS.values()
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
        return dict(zip(FAULTS, (by_rule.get(rule["id"], 0) for rule in self._ask("rules")), strict=True))

    def _ask(self, what: str) -> Any:  # noqa: ANN401
        with urllib.request.urlopen(f"{self.endpoint}/_microburst/{what}", timeout=5) as answer:  # noqa: S310
            return json.load(answer)
