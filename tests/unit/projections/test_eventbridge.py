"""The outbox on EventBridge: what arrives, in which requests, and what is sent again."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, cast

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from mypy_boto3_events import EventBridgeClient

from tallygate import aws
from tallygate.deadline import Deadline
from tallygate.errors import Unavailable
from tallygate.projections import Message
from tallygate.projections.eventbridge import MAX_REQUEST_BYTES, EventBridgeOutbox
from tests.conftest import ANYBODY

AT = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


def message(n: int, size: int = 0) -> Message:
    detail = json.dumps({"idempotency_key": f"c{n}/0", "n": n, "text": "x" * size})
    return Message(f"c{n}/0", "FlightCancelled", "tallygate.cancellations", AT, detail)


def until() -> Deadline:
    return Deadline.after(10)


class Bus:
    """A bus of moto's, which refuses what is no event; the requests that were sent, and what was taken of them."""

    def __init__(self) -> None:
        self.client: EventBridgeClient = boto3.client("events", config=aws.config(), **ANYBODY)
        self.client.create_event_bus(Name="outbox")
        self.requests: list[list[dict[str, Any]]] = []
        self.taken: list[dict[str, Any]] = []
        self.client.meta.events.register("provide-client-params.events.PutEvents", self._asked)
        self.client.meta.events.register("after-call.events.PutEvents", self._answered)

    def _asked(self, params: dict[str, Any], **_: object) -> None:
        self.requests.append(params["Entries"])

    def _answered(self, parsed: dict[str, Any], **_: object) -> None:
        pairs = zip(self.requests[-1], parsed.get("Entries", ()), strict=False)
        self.taken += [entry for entry, result in pairs if "EventId" in result]


@pytest.fixture
def bus() -> Iterator[Bus]:
    with mock_aws():
        yield Bus()


def test_a_message_is_an_event(bus: Bus) -> None:
    EventBridgeOutbox("outbox", bus.client).send([message(7)], until())
    (event,) = bus.taken
    assert event == {
        "EventBusName": "outbox",
        "Source": "tallygate.cancellations",
        "DetailType": "FlightCancelled",
        "Time": AT,
        "Detail": '{"idempotency_key": "c7/0", "n": 7, "text": ""}',
    }


def test_a_bus_that_does_not_exist(bus: Bus) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        EventBridgeOutbox("elsewhere", bus.client).send([message(7)], until())


def test_ten_go_in_a_request(bus: Bus) -> None:
    EventBridgeOutbox("outbox", bus.client).send([message(n) for n in range(25)], until())
    assert [len(request) for request in bus.requests] == [10, 10, 5]
    assert [json.loads(event["Detail"])["n"] for event in bus.taken] == list(range(25))


def test_as_many_bytes_as_a_request_takes(bus: Bus) -> None:
    sizes = [100_000, 100_000, 100_000, 250_000, 1, 1, 262_000]
    EventBridgeOutbox("outbox", bus.client).send([message(n, size) for n, size in enumerate(sizes)], until())
    sent = [[json.loads(entry["Detail"])["n"] for entry in request] for request in bus.requests]
    assert sent == [[0, 1], [2], [3, 4, 5], [6]]
    assert all(sum(len(entry["Detail"]) for entry in request) < MAX_REQUEST_BYTES for request in bus.requests)


def test_letters_are_counted_as_bytes(bus: Bus) -> None:
    detail = json.dumps({"text": "é" * 70_000}, ensure_ascii=False)
    wide = Message("c/0", "FlightCancelled", "tallygate.cancellations", AT, detail)
    EventBridgeOutbox("outbox", bus.client).send([wide, wide], until())
    assert [len(request) for request in bus.requests] == [1, 1]


def test_nothing_is_no_request(bus: Bus) -> None:
    EventBridgeOutbox("outbox", bus.client).send([], until())
    assert bus.requests == []


def test_an_answer_that_is_an_error_is_raised(bus: Bus) -> None:
    def refuse(**_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "PutEvents")

    bus.client.meta.events.register("before-send.events.PutEvents", refuse)
    with pytest.raises(ClientError, match="AccessDeniedException"):
        EventBridgeOutbox("outbox", bus.client).send([message(1)], until())


class Moody:
    """Takes part of a request, as moto can't: each number once refused, then taken; or never."""

    def __init__(self, *refused: int, always: bool = False) -> None:
        self.refused, self.always = set(refused), always
        self.requests: list[list[int]] = []

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 (boto3's)
        numbers = [json.loads(entry["Detail"])["n"] for entry in Entries]
        self.requests.append(numbers)
        failed = {"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"}
        results = [failed if number in self.refused else {"EventId": "e"} for number in numbers]
        count = sum(number in self.refused for number in numbers)
        if not self.always:
            self.refused -= set(numbers)
        return {"FailedEntryCount": count, "Entries": results}


def outbox(client: Moody) -> EventBridgeOutbox:
    return EventBridgeOutbox("outbox", cast(EventBridgeClient, client))


def test_what_was_not_taken_is_sent_again_before_what_follows() -> None:
    moody = Moody(2, 5, 11)
    outbox(moody).send([message(n) for n in range(13)], until())
    assert moody.requests == [list(range(10)), [2, 5], [10, 11, 12], [11]]


def test_until_the_deadline() -> None:
    moody = Moody(1, always=True)
    with pytest.raises(Unavailable, match=r"the message to outbox was refused before the deadline \(slow down\): try"):
        outbox(moody).send([message(0), message(1)], Deadline.after(0.3))
    assert moody.requests[0] == [0, 1]
    assert set(map(tuple, moody.requests[1:])) == {(1,)}
