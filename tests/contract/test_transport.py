"""What every transport promises, and the relay over each of them."""

import itertools
import json
import threading
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from local.ports import free_port
from tallygate import aws
from tallygate.deadline import Deadline
from tallygate.errors import InvalidInput, Unavailable
from tallygate.events.items import read_commit
from tallygate.relay.bell import read_bell
from tallygate.relay.kinesis import KinesisTransport
from tallygate.relay.memory import MemoryTransport
from tallygate.relay.relay import Relay
from tallygate.relay.transport import MAX_RECORD_BYTES, MAX_RECORDS, MAX_REQUEST_BYTES, Transport, WireRecord
from tests.conftest import ANYBODY
from tests.unit.relay.stream_records import commit, inserted

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kinesis import KinesisClient

Kept = Callable[[], list[WireRecord]]


def _client(endpoint: str | None = None, attempts: int = 2) -> "KinesisClient":
    return boto3.client("kinesis", endpoint_url=endpoint, config=aws.config(attempts=attempts), **ANYBODY)


def _on(client: "KinesisClient") -> tuple[Transport, Kept]:
    name = _stream(client)
    return KinesisTransport(name, client), lambda: list(_read(client, name))


def _stream(client: "KinesisClient") -> str:
    name = f"commits-{uuid4()}"
    client.create_stream(StreamName=name, ShardCount=2)
    client.get_waiter("stream_exists").wait(StreamName=name, WaiterConfig={"Delay": 1})
    return name


def _read(client: "KinesisClient", name: str) -> Iterator[WireRecord]:
    for shard in client.describe_stream(StreamName=name)["StreamDescription"]["Shards"]:
        start = client.get_shard_iterator(StreamName=name, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")[
            "ShardIterator"
        ]
        while (page := client.get_records(ShardIterator=start))["Records"]:
            yield from (WireRecord(record["PartitionKey"], record["Data"]) for record in page["Records"])
            start = page["NextShardIterator"]


@pytest.fixture(params=["memory", "moto", "emulator"])
def on(request: pytest.FixtureRequest) -> Iterator[tuple[Transport, Kept]]:
    """A transport, and what it kept."""
    if request.param == "memory":
        memory = MemoryTransport()
        yield memory, lambda: memory.records
    elif request.param == "moto":
        with mock_aws():
            yield _on(_client())
    else:
        emulator: DynamoDBClient = request.getfixturevalue("emulator_client")
        yield _on(_client(emulator.meta.endpoint_url))


On = tuple[Transport, Kept]


def by_key(records: list[WireRecord]) -> dict[str, list[bytes]]:
    ordered = sorted(records, key=lambda record: record.partition_key)
    groups = itertools.groupby(ordered, key=lambda record: record.partition_key)
    return {key: [record.data for record in group] for key, group in groups}


def test_records_of_a_key_arrive_whole_and_in_order(on: On) -> None:
    transport, kept = on
    records = [WireRecord(f"a-{n % 7}", b"%d \x00\xff" % n) for n in range(100)]
    assert transport.put(records[:60]) == {}
    assert transport.put(records[60:]) == {}
    assert by_key(kept()) == by_key(records)


def test_the_largest_call_is_taken(on: On) -> None:
    transport, kept = on
    many = [WireRecord("a-1", b"%d" % n) for n in range(MAX_RECORDS)]
    assert transport.put(many) == {}
    large = [WireRecord("b-1", b"x" * (MAX_RECORD_BYTES - 3))] * (MAX_REQUEST_BYTES // MAX_RECORD_BYTES)
    assert transport.put(large) == {}
    assert {key: len(records) for key, records in by_key(kept()).items()} == {"a-1": len(many), "b-1": len(large)}


@pytest.mark.parametrize(
    "records",
    [
        [WireRecord("a-1", b"x")] * (MAX_RECORDS + 1),
        [WireRecord("a-1", b"x" * (MAX_RECORD_BYTES + 1))],
    ],
    ids=["too many", "too large"],
)
def test_beyond_the_limits_it_is_an_answer_not_silence(on: On, records: list[WireRecord]) -> None:
    transport, kept = on
    with pytest.raises((ClientError, InvalidInput)):
        transport.put(records)
    assert kept() == []


def test_the_relay_delivers_commits_to_be_read_back(on: On) -> None:
    transport, kept = on
    stored = [
        commit(version, stream=stream, text="x" * size)
        for version, size in ((1, 10), (2, 5000), (3, 100))
        for stream in ("N1", "N2", "N3")
    ]
    forwarded = Relay(transport).forward([inserted(each) for each in stored], Deadline.after(20))
    assert forwarded.retry_from is None
    bells = [read_bell(record.data, record.partition_key) for record in kept()]
    read = [read_commit(bell.item or {}, str.encode) for bell in bells]
    assert {each.stream: [one for one in read if one.stream == each.stream] for each in stored} == {
        each.stream: [one for one in stored if one.stream == each.stream] for each in stored
    }


def test_a_stream_that_does_not_exist_is_a_final_answer() -> None:
    with mock_aws(), pytest.raises(ClientError, match="ResourceNotFoundException"):
        KinesisTransport("nowhere", _client()).put([WireRecord("a-1", b"x")])


def test_no_answer_is_said_to_be_none() -> None:
    nobody = _client(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(Unavailable, match=r"commits gave no answer .*send the same records again"):
        KinesisTransport("commits", nobody).put([WireRecord("a-1", b"x")])


class _Faults(ThreadingHTTPServer):
    """Stands before an emulator. The first calls of PutRecords meet a fault each, on the wire."""

    def __init__(self, upstream: str, faults: list[str]) -> None:
        super().__init__(("127.0.0.1", 0), _Fault)
        self.upstream, self.faults = upstream, faults


class _Fault(BaseHTTPRequestHandler):
    server: _Faults

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        fault = self.server.faults.pop(0) if self.server.faults else ""
        if fault == "500 before":
            self.send_error(500)
            return
        answer = self._without_first(body) if fault == "first throttled" else self._passed_on(body)
        if fault == "answer cut":
            answer = json.dumps({"FailedRecordCount": 0, "Records": json.loads(answer)["Records"][:-1]}).encode()
        if fault != "lost after":
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

    def _passed_on(self, body: bytes) -> bytes:
        headers = {name: text for name, text in self.headers.items() if name.lower() != "content-length"}
        request = urllib.request.Request(self.server.upstream, body, headers)
        with urllib.request.urlopen(request, timeout=5) as answer:
            content: bytes = answer.read()
            return content

    def _without_first(self, body: bytes) -> bytes:
        """As a throttled shard answers (API reference of PutRecords): the others are kept."""
        given = json.loads(body)
        answer = json.loads(self._passed_on(json.dumps(given | {"Records": given["Records"][1:]}).encode()))
        throttled = {"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "Rate exceeded"}
        return json.dumps({"FailedRecordCount": 1, "Records": [throttled, *answer["Records"]]}).encode()

    def log_message(self, *_args: object) -> None:
        """Keeps silent."""


@pytest.mark.parametrize(
    ("faults", "copies", "resent"),
    [
        (["500 before", "lost after", "lost after"], {1: 3, 2: 3, 3: 3}, 9),
        (["answer cut"], {1: 2, 2: 2, 3: 2}, 3),
        (["first throttled"], {1: 1, 2: 1, 3: 1}, 1),
    ],
)
def test_faults_on_the_wire_lose_no_commit(
    emulator_client: "DynamoDBClient", faults: list[str], copies: dict[int, int], resent: int
) -> None:
    direct = _client(emulator_client.meta.endpoint_url)
    name = _stream(direct)
    with _Faults(direct.meta.endpoint_url, faults) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        transport = KinesisTransport(name, _client(f"http://127.0.0.1:{server.server_port}", attempts=1))
        forwarded = Relay(transport).forward([inserted(commit(version)) for version in copies], Deadline.after(20))
        server.shutdown()
    assert (server.faults, forwarded.retry_from, forwarded.resent) == ([], None, resent)
    assert Counter(read_bell(record.data, record.partition_key).version for record in _read(direct, name)) == copies
