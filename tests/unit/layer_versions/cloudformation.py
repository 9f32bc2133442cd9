"""CloudFormation's end of a custom resource: requests, and a real receiver of answers."""

import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

STACK = "arn:aws:cloudformation:us-east-1:000000000000:stack/app/0f6f"
PREFIX = "tallygate-dev-"


class Receiver:
    """What CloudFormation gives as ResponseURL. Each answer gets the next status; the last one stays.

    A status of 0 breaks off without an answer.
    """

    def __init__(self, statuses: Sequence[int] = (200,), *, slow_seconds: float = 0.0) -> None:
        self.received: list[dict[str, Any]] = []
        self.bytes: list[int] = []
        self.types: list[str | None] = []
        self.at: list[float] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                time.sleep(slow_seconds)
                status = statuses[min(len(receiver.received), len(statuses) - 1)]
                receiver.received.append(json.loads(body))
                receiver.bytes.append(len(body))
                receiver.types.append(self.headers.get("Content-Type"))
                receiver.at.append(time.monotonic())
                if status:
                    self.send_response(status)
                    self.send_header("Content-Length", "0")
                    self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/answer?signature=x%2Fy"

    @property
    def answer(self) -> dict[str, Any]:
        """The answer that counts: the last that was received."""
        return self.received[-1]

    @contextmanager
    def listening(self) -> Iterator[Self]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()


def request(
    kind: str, url: str, properties: Mapping[str, Any], old: Mapping[str, Any] | None = None, **more: object
) -> dict[str, Any]:
    """The event that the function is called with."""
    event: dict[str, Any] = {
        "RequestType": kind,
        "ResponseURL": url,
        "StackId": STACK,
        "RequestId": "7a8b",
        "ResourceType": "Custom::LatestLayerVersion",
        "LogicalResourceId": "VendorLayer",
        "ResourceProperties": {"ServiceToken": "arn:…", "ServiceTimeout": "300", **properties},
    }
    if kind != "Create":
        event["PhysicalResourceId"] = "VendorLayer"
    if old is not None:
        event["OldResourceProperties"] = {"ServiceToken": "arn:…", **old}
    return {**event, **more}
