"""What the launcher answers under /_tallygate, for the demo and the tests of this machine alone.

GET  /_tallygate/health        {"pid": …, "unmended": […]}
GET  /_tallygate/meter         see meter.counts.Meter.snapshot
POST /_tallygate/meter/reset
POST /_tallygate/roles         {"enforced": true}: see decisions.enforce
GET  /_tallygate/decisions     {"decisions": [{"role", "action", "resource", "decision", "count"}]}
POST /_tallygate/kill          {"function": name} now, or {"function": name, "at": {"3": 0.5}}
POST /_tallygate/environment   {"AWS_ENDPOINT_URL_DYNAMODB": url}: of workers that start from now on; null removes
GET  /_tallygate/deliveries    {"twice": n, "shuffled": n, "dropped": n, "put": n}: see deliveries.Deliveries.struck
POST /_tallygate/deliveries    {"stream": name, "seed": 7, "twice": 0.1, "shuffled": 0.1, "dropped": 0.05}
"""

import json
import os
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any

from local.emulator.decisions import Decisions, enforce
from local.emulator.deliveries import Deliveries
from local.emulator.kills import Kills
from local.emulator.meter.counts import Meter


class Control:
    """Answers the requests above."""

    PREFIX = "/_tallygate/"

    def __init__(
        self,
        meter: Meter,
        kills: Kills,
        deliveries: Deliveries,
        unmended: Collection[str],
        decisions: Decisions | None = None,
    ) -> None:
        self._kills = kills
        self._deliveries = deliveries
        self._unmended = sorted(unmended)
        self._answers: dict[str, Callable[[dict[str, Any]], dict[str, Any] | None]] = {
            "GET /_tallygate/health": self._health,
            "GET /_tallygate/meter": lambda _: meter.snapshot(),
            "POST /_tallygate/meter/reset": lambda _: meter.reset(),
            "POST /_tallygate/roles": lambda given: enforce(on=bool(given["enforced"])),
            "GET /_tallygate/decisions": lambda _: {"decisions": decisions.seen() if decisions else []},
            "POST /_tallygate/kill": self._kill,
            "POST /_tallygate/environment": change_environment,
            "GET /_tallygate/deliveries": lambda _: deliveries.struck(),
            "POST /_tallygate/deliveries": self._disturb,
        }

    async def serve(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        """Answer one HTTP request with JSON: 200, 400 with what is wrong, or 404."""
        body = b""
        while (message := await receive()).get("type") == "http.request":
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        try:
            status, answer = self._answer(f"{scope['method']} {scope['path']}", json.loads(body or b"{}"))
        except (KeyError, TypeError, ValueError) as error:
            status, answer = 400, {"error": f"{type(error).__name__}: {error}"}
        content = json.dumps(answer).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def _answer(self, asked: str, given: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        answer = self._answers.get(asked)
        return (200, answer(given) or {}) if answer else (404, {"error": f"no such thing: {asked}"})

    def _health(self, _given: dict[str, Any]) -> dict[str, Any]:
        return {"pid": os.getpid(), "unmended": self._unmended}

    def _disturb(self, given: dict[str, Any]) -> None:
        self._deliveries.disturb(given.pop("stream"), seed=int(given.pop("seed", None) or 0), chances=given)

    def _kill(self, given: dict[str, Any]) -> dict[str, Any]:
        if "at" in given:
            self._kills.plan(given["function"], {int(number): float(delay) for number, delay in given["at"].items()})
            return {}
        return {"killed": self._kills.now(given["function"])}


def change_environment(given: dict[str, str | None]) -> None:
    """Set, or remove where the value is null, variables that worker processes inherit."""
    for name, value in given.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
