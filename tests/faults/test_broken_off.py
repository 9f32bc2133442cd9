"""An answer that breaks off after its headers, with the length still in them, as DynamoDB sends it: it is none."""

import json
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from tallygate import aws
from tallygate.batch.dynamodb import DynamoDBBatchStore
from tallygate.batch.records import Manifest, Source
from tests.conftest import ANYBODY

NOWHERE = Source(bucket="", key="", version="")
NOW = datetime(2026, 11, 21, tzinfo=UTC)
MANIFEST = Manifest(
    batch="b1", generation=0, items=1, chunk_size=1, chunks=1, shards=1, columns=(), source=NOWHERE, index=NOWHERE,
    since=NOW, started=NOW, deadline=NOW, parameters={},
)  # fmt: skip


@contextmanager
def serving(answers: Sequence[tuple[int, bytes, int]]) -> Iterator[str]:
    """Status, body, and how much of it is sent, one answer a connection; the last one is repeated."""
    left = list(answers)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    request = b""
                    while b"\r\n\r\n" not in request:
                        request += connection.recv(65536)
                    status, body, sent = left.pop(0) if len(left) > 1 else left[0]
                    head = f"HTTP/1.1 {status} OK\r\nContent-Type: application/x-amz-json-1.0\r\nConnection: close\r\n"
                    connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body[:sent])

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def client_of(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """The process's own client, as functions have it."""
    for name, value in ANYBODY.items():
        monkeypatch.setenv({"region_name": "AWS_DEFAULT_REGION"}.get(name, name.upper()), str(value))

    def make(endpoint: str) -> DynamoDBClient:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        aws.dynamodb.cache_clear()
        return aws.dynamodb()

    yield make
    aws.dynamodb.cache_clear()


FOUND = json.dumps({"Item": {"pk": {"S": "batch#b1#0"}, "sk": {"S": "g0#cancel"}, "by": {"S": "x"},
                             "at": {"S": "2026-11-21T00:00:00.000Z"}}}).encode()  # fmt: skip


@pytest.mark.parametrize("sent", [0, 1, len(FOUND) - 1])
def test_what_broke_off_is_not_taken_for_nothing(client_of: object, sent: int) -> None:
    with serving([(200, FOUND, sent)] * 5 + [(200, FOUND, len(FOUND))]) as endpoint:
        store = DynamoDBBatchStore("batches", client_of(endpoint))  # type: ignore[operator]
        cancelled = store.cancellation(MANIFEST)
    assert cancelled is not None
    assert cancelled.by == "x"


def test_a_refusal_that_broke_off_is_asked_for_again(client_of: object) -> None:
    refusal = {
        "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
        "Message": "The conditional request failed",
        "Item": json.loads(FOUND)["Item"],
    }
    body = json.dumps(refusal).encode()
    from tallygate.batch.records import Cancellation

    with serving([(400, body, 0)] * 5 + [(400, body, len(body))]) as endpoint:
        store = DynamoDBBatchStore("batches", client_of(endpoint))  # type: ignore[operator]
        standing = store.put_cancellation(MANIFEST, Cancellation("me", NOW))
    assert standing.by == "x"


def test_an_answer_without_a_body_is_whole(client_of: object) -> None:
    with serving([(200, b"{}", 2)]) as endpoint:
        assert DynamoDBBatchStore("batches", client_of(endpoint)).cancellation(MANIFEST) is None  # type: ignore[operator]
