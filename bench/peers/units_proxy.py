"""A proxy before DynamoDB that adds up what DynamoDB itself says each call has cost, and can lose an answer.

    with UnitsProxy(upstream=dynamodb.endpoint) as proxy:
        boto3.client("dynamodb", endpoint_url=proxy.endpoint, ...)
        proxy.take().write

It asks for `ReturnConsumedCapacity` in the client's name; DynamoDB Local doesn't verify signatures. Answers go back
byte for byte. A refused call (a failed condition) reports no units, though DynamoDB charges for it: it is counted in
`refused`, not in the units.
"""

import http.client
import json
import select
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

READS = frozenset({"GetItem", "BatchGetItem", "TransactGetItems", "Query", "Scan"})
WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"})
_HOP_BY_HOP = frozenset({"host", "content-length", "connection", "transfer-encoding", "keep-alive"})


@dataclass
class Units:
    """What went through: units as DynamoDB reports them, calls by operation, calls refused, answers lost.

    `write` includes `transacted`, the part of TransactWriteItems: DynamoDB Local doubles it twice, see `billing.py`.
    """

    write: float = 0.0
    transacted: float = 0.0
    read: float = 0.0
    refused: int = 0
    lost: int = 0
    calls: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes


class UnitsProxy:
    """One proxy on a free port of 127.0.0.1, as long as its `with` block."""

    def __init__(self, *, upstream: str) -> None:
        self.upstream = urlsplit(upstream).netloc
        self._units = Units()
        self._lock = threading.Lock()
        self._to_lose = 0
        self._server = _Server(self)

    @property
    def endpoint(self) -> str:
        """For `endpoint_url=`."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    def take(self) -> Units:
        """Return what was counted since the last time, and start from zero."""
        with self._lock:
            taken, self._units = self._units, Units()
            return taken

    def lose_next_answer(self) -> None:
        """Let the next write reach DynamoDB, then close the connection instead of answering. Once."""
        with self._lock:
            self._to_lose = 1

    def count(self, operation: str, answer: _Answer) -> bool:
        """Count one call. Returns False if its answer is to be lost."""
        units = _units(answer.body)
        with self._lock:
            self._units.calls[operation] += 1
            self._units.refused += answer.status >= 400
            self._units.read += units if operation in READS else 0
            self._units.write += units if operation in WRITES else 0
            self._units.transacted += units if operation == "TransactWriteItems" else 0
            lost = self._to_lose if operation in WRITES else 0
            self._to_lose -= lost
            self._units.lost += lost
            return not lost

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, proxy: UnitsProxy) -> None:
        self.proxy = proxy
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay silent: a client that has gone away is no news here."""


class _Handler(BaseHTTPRequestHandler):
    """One client's connection, with one connection of its own to DynamoDB."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server
    upstream: http.client.HTTPConnection

    def setup(self) -> None:
        super().setup()
        self.upstream = http.client.HTTPConnection(self.server.proxy.upstream, timeout=30)

    def finish(self) -> None:
        self.upstream.close()
        super().finish()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        answer = self._forward(_metered(operation, body))
        if self.server.proxy.count(operation, answer):
            self._answer(answer)
        else:
            self.close_connection = True

    def _forward(self, body: bytes) -> _Answer:
        """Send once: a write that we sent twice would be a fault of ours in the stores' books."""
        idle = self.upstream.sock
        if idle is not None and select.select([idle], [], [], 0)[0]:  # closed by DynamoDB since the last call
            self.upstream.close()
        self.upstream.request("POST", "/", body, _end_to_end(dict(self.headers.items())))
        answer = self.upstream.getresponse()
        return _Answer(answer.status, answer.getheaders(), answer.read())

    def _answer(self, answer: _Answer) -> None:
        self.send_response_only(answer.status)
        for name, value in _end_to_end(dict(answer.headers)).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def _metered(operation: str, body: bytes) -> bytes:
    if operation not in READS | WRITES:
        return body
    return json.dumps({**json.loads(body), "ReturnConsumedCapacity": "TOTAL"}).encode()


def _units(body: bytes) -> float:
    """Sum one table's word, or that of each table in a batch or transaction; none in a refusal."""
    consumed = json.loads(body or b"{}").get("ConsumedCapacity") or {}
    tables = consumed if isinstance(consumed, list) else [consumed]
    return float(sum(table.get("CapacityUnits", 0.0) for table in tables))


def _end_to_end(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in _HOP_BY_HOP}
