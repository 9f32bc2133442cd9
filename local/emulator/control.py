"""What the launcher answers under /_tallygate, for the demo and the tests of this machine alone.

GET  /_tallygate/health        {"pid": …, "unmended": […]}
GET  /_tallygate/meter         see meter.counts.Meter.snapshot
POST /_tallygate/meter/reset
POST /_tallygate/kill          {"function": name} now, or {"function": name, "at": {"3": 0.5}}
POST /_tallygate/environment   {"AWS_ENDPOINT_URL_DYNAMODB": url}: of workers that start from now on; null removes
"""

import json
import os
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any

from local.emulator.kills import Kills
from local.emulator.meter.counts import Meter


class Control:
    """Answers the requests above."""

    PREFIX = "/_tallygate/"

    def __init__(self, meter: Meter, kills: Kills, unmended: Collection[str]) -> None:
        self._meter = meter
        self._kills = kills
        self._unmended = sorted(unmended)

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
        match asked:
            case "GET /_tallygate/health":
                return 200, {"pid": os.getpid(), "unmended": self._unmended}
            case "GET /_tallygate/meter":
                return 200, self._meter.snapshot()
            case "POST /_tallygate/meter/reset":
                self._meter.reset()
                return 200, {}
            case "POST /_tallygate/kill":
                return 200, self._kill(given)
            case "POST /_tallygate/environment":
                change_environment(given)
                return 200, {}
        return 404, {"error": f"no such thing: {asked}"}

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
