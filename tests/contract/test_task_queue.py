"""What every task queue promises; and what SQS says on the wire, met by the adapter."""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest
from moto import mock_aws

from local.ports import free_port
from tallygate import aws
from tallygate.batch.queue.memory_task_queue import MemoryTaskQueue
from tallygate.batch.queue.sqs_task_queue import SqsTaskQueue
from tallygate.batch.queue.task_queue import MAX_MESSAGE_BYTES, Message, QueueRefused, TaskQueue, UnknownQueue
from tallygate.deadline import Deadline
from tallygate.errors import InvalidInput, Unavailable
from tests.conftest import ANYBODY

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient


def _client(endpoint: str | None = None, attempts: int = 2) -> "SQSClient":
    config = aws.config(attempts=attempts, read_timeout=aws.LONG_POLL_READ_TIMEOUT_SECONDS)
    return boto3.client("sqs", endpoint_url=endpoint, config=config, **ANYBODY)


def _on(client: "SQSClient") -> SqsTaskQueue:
    return SqsTaskQueue(client.create_queue(QueueName=f"tasks-{uuid4()}")["QueueUrl"], client, client)


@pytest.fixture(params=["memory", "moto", "emulator"])
def queue(request: pytest.FixtureRequest) -> Iterator[TaskQueue]:
    if request.param == "memory":
        yield MemoryTaskQueue()
    elif request.param == "moto":
        with mock_aws():
            yield _on(_client())
    else:
        emulator: DynamoDBClient = request.getfixturevalue("emulator_client")
        yield _on(_client(emulator.meta.endpoint_url))


def send(queue: TaskQueue, *bodies: str) -> None:
    queue.send(bodies, Deadline.after(20))


def receive(queue: TaskQueue, *, wait: int = 1, hidden: int = 30, most: int = 1) -> list[Message]:
    return list(queue.receive(wait_seconds=wait, hidden_seconds=hidden, most=most))


def drain(queue: TaskQueue) -> list[str]:
    bodies = []
    while messages := receive(queue, wait=0, most=10):
        bodies += [message.body for message in messages]
        for message in messages:
            queue.delete(message)
    return bodies


def test_all_that_is_sent_is_received(queue: TaskQueue) -> None:
    bodies = [f'{{"é": {number}}}' for number in range(57)]
    send(queue, *bodies)
    assert queue.waiting() == 57
    assert sorted(drain(queue)) == sorted(bodies)
    assert queue.waiting() == 0


def test_large_messages_go_in_requests_of_their_own(queue: TaskQueue) -> None:
    bodies = [str(number) * MAX_MESSAGE_BYTES for number in range(3)]
    send(queue, *bodies)
    assert sorted(drain(queue)) == bodies


@pytest.mark.parametrize("body", ["", "x" * (MAX_MESSAGE_BYTES + 1)], ids=["empty", "too long"])
def test_what_can_not_be_sent_is_refused_before_anything_is(queue: TaskQueue, body: str) -> None:
    with pytest.raises(InvalidInput, match=r"bytes can't be sent: expected 1 to"):
        send(queue, "first", body)
    assert receive(queue, wait=0) == []


def test_nothing_is_sent_in_no_request(queue: TaskQueue) -> None:
    send(queue)
    assert receive(queue, wait=0) == []


def test_who_waits_receives_what_comes(queue: TaskQueue) -> None:
    later = threading.Timer(0.5, lambda: send(queue, "late"))
    later.start()
    started = time.monotonic()
    assert [message.body for message in receive(queue, wait=10)] == ["late"]
    assert 0.3 < time.monotonic() - started < 5
    later.join()


def test_who_waits_in_vain_receives_nothing(queue: TaskQueue) -> None:
    started = time.monotonic()
    assert receive(queue, wait=1) == []
    assert 0.7 < time.monotonic() - started < 5


def test_a_message_is_hidden_for_a_time_and_counted(queue: TaskQueue) -> None:
    send(queue, "a")
    (first,) = receive(queue, hidden=1)
    assert receive(queue, wait=0) == []
    assert queue.waiting() == 0
    (second,) = receive(queue, wait=5)
    assert (first.body, first.received, second.body, second.received) == ("a", 1, "a", 2)


def test_a_message_is_hidden_for_longer(queue: TaskQueue) -> None:
    send(queue, "a")
    (message,) = receive(queue, hidden=1)
    assert queue.extend(message, 30)
    time.sleep(1.3)
    assert receive(queue, wait=0) == []


def test_a_message_is_shown_at_once(queue: TaskQueue) -> None:
    send(queue, "a")
    (message,) = receive(queue)
    assert queue.extend(message, 0)
    assert [again.body for again in receive(queue, wait=0)] == ["a"]


def test_what_is_done_is_gone_however_often_it_is_said(queue: TaskQueue) -> None:
    send(queue, "a")
    (message,) = receive(queue, hidden=1)
    queue.delete(message)
    queue.delete(message)
    assert not queue.extend(message, 30)
    time.sleep(1.2)
    assert receive(queue, wait=0) == []


@pytest.mark.parametrize("on", ["moto", "emulator"])
def test_a_queue_that_does_not_exist_says_so(on: str, request: pytest.FixtureRequest) -> None:
    with mock_aws() if on == "moto" else nullcontext():
        emulator = request.getfixturevalue("emulator_client") if on == "emulator" else None
        client = _client(emulator.meta.endpoint_url if emulator else None)
        gone = SqsTaskQueue("https://sqs.us-east-1.amazonaws.com/123456789012/gone", client, client)
        for call in (lambda: send(gone, "a"), lambda: receive(gone, wait=0), gone.waiting):
            with pytest.raises(UnknownQueue, match=r"no queue https.*gone: mend the address"):
                call()


def test_no_answer_is_said_to_be_none() -> None:
    nobody = _client(f"http://127.0.0.1:{free_port()}", attempts=1)
    queue = SqsTaskQueue("http://127.0.0.1/1/tasks", nobody, nobody)
    with pytest.raises(Unavailable, match="before the deadline"):
        queue.send(["a"], Deadline.after(0.2))
    with pytest.raises(Unavailable, match=r"gave no answer .*ask again"):
        receive(queue, wait=0)


class _Scripted(ThreadingHTTPServer):
    """Answers SendMessageBatch as it is told: which entries of a request are kept, throttled or refused."""

    def __init__(self, script: list[dict[str, str]]) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.script, self.kept, self.requests = script, Counter[str](), 0


class _Answer(BaseHTTPRequestHandler):
    server: _Scripted

    def do_POST(self) -> None:
        entries = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["Entries"]
        faults = self.server.script.pop(0) if self.server.script else {}
        self.server.requests += 1
        answer: dict[str, list[Any]] = {"Successful": [], "Failed": []}
        for entry in entries:
            fault = faults.get(entry["MessageBody"], "")
            if fault == "unsaid":
                continue
            if fault:
                answer["Failed"].append({"Id": entry["Id"], "Code": fault, "SenderFault": fault.startswith("Invalid")})
            else:
                self.server.kept[entry["MessageBody"]] += 1
                answer["Successful"].append({"Id": entry["Id"], "MessageId": "m", "MD5OfMessageBody": ""})
        content = b"" if faults.get("lost") else json.dumps(answer).encode()
        if faults.get("lost"):
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_args: object) -> None:
        """Keeps silent."""


def _scripted(script: list[dict[str, str]], bodies: list[str]) -> _Scripted:
    with _Scripted(script) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        client = boto3.client(
            "sqs",
            endpoint_url=f"http://127.0.0.1:{server.server_port}",
            config=aws.config(attempts=1),
            **ANYBODY,
        )
        try:
            SqsTaskQueue("http://127.0.0.1/1/tasks", client, client).send(bodies, Deadline.after(20))
        finally:
            server.shutdown()
    return server


def test_only_what_was_not_taken_is_sent_again() -> None:
    bodies = [str(number) for number in range(12)]
    server = _scripted([{"3": "ServiceUnavailable", "7": "unsaid"}, {"7": "InternalError"}], bodies)
    assert server.kept == dict.fromkeys(bodies, 1)
    assert server.requests == 4


def test_an_answer_that_is_lost_makes_duplicates_and_losesnullcontext() -> None:
    server = _scripted([{"lost": "yes"}], ["a", "b"])
    assert server.kept == {"a": 2, "b": 2}


def test_a_message_that_is_refused_for_what_it_is_is_not_sent_for_ever() -> None:
    with pytest.raises(QueueRefused, match="InvalidMessageContents"):
        _scripted([{"b": "InvalidMessageContents"}], ["a", "b"])
