"""A long poll ends when its client is gone.

The emulator goes on for up to 20 s and gives the next message to nobody: it is hidden for its whole visibility timeout.
A worker that was killed or stopped while it waited would take a message with it.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from local.emulator.patching import module, wrap

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

LONG_POLL = b"AmazonSQS.ReceiveMessage"


def attentive(application: Application) -> Application:
    """Return `application`, which drops a request to receive messages when its client is gone."""

    async def serve(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or dict(scope["headers"]).get(b"x-amz-target") != LONG_POLL:
            await application(scope, receive, send)
            return
        body = await whole(receive)
        answering = asyncio.ensure_future(application(scope, replayed(body), send))
        leaving = asyncio.ensure_future(receive())
        await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        leaving.cancel()
        if not answering.done():
            answering.cancel()
        else:
            await answering

    return serve


async def whole(receive: Receive) -> list[Message]:
    """Receive a request's body."""
    body = [await receive()]
    while body[-1].get("more_body"):
        body.append(await receive())
    return body


def replayed(body: list[Message]) -> Receive:
    """Return a way to receive it again."""
    parts = iter(body)

    async def receive() -> Message:
        return next(parts, {"type": "http.disconnect"})

    return receive


def apply() -> None:
    """Wrap the whole application: only it is told when a client goes."""
    wrap(module("app"), "app", attentive)
