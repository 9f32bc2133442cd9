"""A server that accepts and never answers, as a socket in a bad state does, and how long a call hangs on it."""

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from bench.store.streams import ANYBODY
from tallygate import aws

BEARABLE_SECONDS = 75.0


@dataclass(frozen=True)
class Hang:
    """How long one call hung.

    Parameters
    ----------
    seconds : float
        Of what was waited for.
    attempts : int
        That the client made in that time.
    whole : float
        Seconds of the whole call; computed from the attempts measured where they were not all waited for.
    computed : bool
    """

    seconds: float
    attempts: int
    whole: float
    computed: bool


@contextmanager
def stuck_server() -> Iterator[tuple[str, list[socket.socket]]]:
    """Give its endpoint, and the connections that it has accepted."""
    listener = socket.create_server(("127.0.0.1", 0))
    taken: list[socket.socket] = []

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:  # closed: the end
                return
            taken.append(connection)

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", taken
    finally:
        listener.close()
        for connection in taken:
            connection.close()


def hang(config: Config | None, *, bearable: float = BEARABLE_SECONDS) -> Hang:
    """Call GetItem on the stuck server until the client gives up, or until it has become unbearable.

    botocore's own settings wait a minute for an answer, several times: then one attempt is measured, and the whole is
    that times the attempts that the client's own settings name.
    """
    with stuck_server() as (endpoint, taken):
        client = boto3.client("dynamodb", endpoint_url=endpoint, config=config, **ANYBODY)
        ended = threading.Event()

        def call() -> None:
            try:
                client.get_item(TableName="events", Key={"pk": {"S": "a"}, "sk": {"N": "1"}})
            except BotoCoreError:
                ended.set()

        started = time.monotonic()
        threading.Thread(target=call, daemon=True).start()
        if ended.wait(bearable):
            seconds = time.monotonic() - started
            return Hang(seconds, len(taken), seconds, computed=False)
        settings: Any = client.meta.config
        attempts = _attempts(settings.retries or {})
        first = float(settings.read_timeout)
        return Hang(bearable, len(taken), first * attempts, computed=True)


def _attempts(retries: Mapping[str, Any]) -> int:
    if "total_max_attempts" in retries:
        return int(retries["total_max_attempts"])
    if "max_attempts" in retries:
        return int(retries["max_attempts"]) + 1
    return 4  # botocore's own for DynamoDB, from 1.44 on


OURS = aws.config()
