"""Counts requests as they arrive, and answers those under /_tallygate itself: an ASGI application around another."""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from local.emulator.control import Control
from local.emulator.meter.counts import Meter

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

CREDENTIAL_SCOPE = re.compile(rb"Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request")
OBSERVER = b"tallygate-observer"
"""In the User-Agent of those who only look on: what they cost is no cost of the run."""
INVOCATION = re.compile(r"/functions/[^/]+/invocations$")


def metered(application: Application, meter: Meter, control: Control) -> Application:
    """Return `application` with the meter before it."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await application(scope, receive, send)
        elif scope["path"].startswith(control.PREFIX):
            await control.serve(scope, receive, send)
        elif OBSERVER in dict(scope["headers"]).get(b"user-agent", b""):
            with meter.paused():
                await application(scope, receive, send)
        else:
            meter.call(*service_and_operation(scope))
            await application(scope, receive, send)

    return serve


def service_and_operation(scope: Scope) -> tuple[str, str]:
    """Tell what a request is for: the SDK signs the service and, in most protocols, names the operation."""
    headers = dict(scope["headers"])
    signed = CREDENTIAL_SCOPE.search(headers.get(b"authorization", b""))
    service = signed[1].decode() if signed else "unsigned"
    if target := headers.get(b"x-amz-target"):
        return service, target.decode().rpartition(".")[2]
    if service == "lambda" and INVOCATION.search(scope["path"]):
        return service, "Invoke"
    if service == "s3":
        return service, s3_operation(scope)
    return service, str(scope["method"])


def s3_operation(scope: Scope) -> str:
    """Name an S3 request by its method and by what its path means: `GET object`, `PUT bucket`."""
    depth = len([part for part in scope["path"].split("/") if part])
    return f"{scope['method']} {('service', 'bucket', 'object')[min(depth, 2)]}"
