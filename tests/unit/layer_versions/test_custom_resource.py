"""The protocol: CloudFormation is always answered, and told the version that its properties ask for."""

import threading
import time
from collections.abc import Iterator
from typing import Any, NoReturn

import pytest

from tallygate.deadline import Deadline
from tallygate.errors import InvalidInput, Unavailable
from tallygate.layer_versions import custom_resource
from tallygate.layer_versions.catalogue import LayerCatalogue
from tallygate.layer_versions.custom_resource import CustomResource, Resolved
from tallygate.layer_versions.layer_version import LayerVersion
from tallygate.layer_versions.memory import MemoryCatalogue
from tallygate.layer_versions.pruning import Pruning
from tallygate.layer_versions.reply import MAX_BYTES, NotAnswered
from tests.unit.layer_versions import bad_input
from tests.unit.layer_versions.bad_input import BAD, OURS, THEIRS, A, B, Bad
from tests.unit.layer_versions.cloudformation import PREFIX, STACK, Receiver, request

SECONDS = 60.0


@pytest.fixture
def shelf() -> MemoryCatalogue:
    return bad_input.shelf()


def resource(shelf: MemoryCatalogue, foreign: LayerCatalogue | None = None) -> CustomResource:
    def listed(role_arn: str, _until: Deadline) -> LayerCatalogue:
        return foreign if role_arn and foreign else shelf

    return CustomResource(listed, lambda _until: Pruning(shelf), deletes=PREFIX)


def handle(shelf: MemoryCatalogue, event: dict[str, Any], seconds: float = SECONDS) -> Resolved:
    return resource(shelf).handle(event, Deadline.after(seconds))


def asked(content: str = A, **more: str) -> dict[str, str]:
    return {"Layer": OURS, "Runtime": "python3.13", "Content": content, **more}


def test_create_is_told_the_version(shelf: MemoryCatalogue, receiver: Receiver) -> None:
    ended = handle(shelf, request("Create", receiver.url, asked(A)))
    assert receiver.received == [
        {
            "Status": "SUCCESS",
            "Reason": "",
            "PhysicalResourceId": "VendorLayer",
            "StackId": STACK,
            "RequestId": "7a8b",
            "LogicalResourceId": "VendorLayer",
            "NoEcho": False,
            "Data": {"LayerVersionArn": ended.arn, "Version": "1"},
        }
    ]
    assert ended == Resolved(status="SUCCESS", arn=f"arn:aws:lambda:us-east-1:000000000000:layer:{OURS}:1")
    assert receiver.types == [""]  # the address is signed without one


def test_an_update_is_told_the_new_version_and_the_way_back_the_old(shelf: MemoryCatalogue, receiver: Receiver) -> None:
    handle(shelf, request("Update", receiver.url, asked(B), asked(A)))
    handle(shelf, request("Update", receiver.url, asked(A), asked(B)))
    assert [answer["Data"]["Version"] for answer in receiver.received] == ["2", "1"]
    assert {answer["PhysicalResourceId"] for answer in receiver.received} == {"VendorLayer"}


def test_the_way_back_from_what_was_malformed_is_told_the_old_version(
    shelf: MemoryCatalogue, receiver: Receiver
) -> None:
    ended = handle(shelf, request("Update", receiver.url, asked(A, Keep="2"), {"Layr": "?"}))
    assert (ended.status, receiver.answer["Data"]["Version"]) == ("SUCCESS", "1")


def test_refresh_takes_the_newest_by_number(shelf: MemoryCatalogue, receiver: Receiver) -> None:
    handle(shelf, request("Update", receiver.url, {"Layer": OURS, "Refresh": "2"}, {"Layer": OURS, "Refresh": "1"}))
    assert receiver.answer["Data"]["Version"] == "2"


def test_a_version_that_is_named_is_taken_as_it_is(shelf: MemoryCatalogue, receiver: Receiver) -> None:
    arn = "arn:aws:lambda:us-east-1:111122223333:layer:theirs:24"
    handle(shelf, request("Create", receiver.url, {"Layer": arn, "Runtime": "python3.13"}))
    assert receiver.answer["Data"] == {"LayerVersionArn": arn, "Version": "24"}


def test_another_accounts_layer_is_listed_by_its_role(shelf: MemoryCatalogue, receiver: Receiver) -> None:
    theirs = MemoryCatalogue(account="111122223333")
    theirs.publish("theirs")
    given = {"Layer": THEIRS, "RoleArn": "arn:aws:iam::111122223333:role/reader"}
    event = request("Create", receiver.url, given)
    resource(shelf, theirs).handle(event, Deadline.after(SECONDS))
    assert receiver.answer["Data"]["LayerVersionArn"] == f"{given['Layer']}:1"


def test_delete_succeeds_without_a_question_whatever_was_asked(receiver: Receiver) -> None:
    def never(*_: object) -> NoReturn:
        raise AssertionError

    event = request("Delete", receiver.url, {"Layr": "?"}, PhysicalResourceId="made-by-another")
    CustomResource(never, never, deletes=PREFIX).handle(event, Deadline.after(SECONDS))
    assert (receiver.answer["Status"], receiver.answer["PhysicalResourceId"]) == ("SUCCESS", "made-by-another")


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.what)
@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_bad_input_fails_and_says_why(shelf: MemoryCatalogue, receiver: Receiver, kind: str, bad: Bad) -> None:
    ended = handle(shelf, request(kind, receiver.url, bad.given, asked(A) if kind == "Update" else None))
    assert receiver.answer["Status"] == ended.status == "FAILED"
    assert bad.says in receiver.answer["Reason"]
    assert receiver.answer["PhysicalResourceId"] == "VendorLayer"
    assert receiver.answer["Data"] == {}


@pytest.mark.parametrize("error", [Unavailable("no answer from Lambda"), ZeroDivisionError("a fault of ours")])
def test_whatever_fails_is_answered(receiver: Receiver, error: Exception) -> None:
    class Failing(MemoryCatalogue):
        def versions(self, layer: str) -> Iterator[LayerVersion]:
            raise error

    assert handle(Failing(), request("Create", receiver.url, asked())).status == "FAILED"
    assert str(error) in receiver.answer["Reason"]


def test_an_answer_is_sent_again_until_it_is_taken(shelf: MemoryCatalogue) -> None:
    with Receiver([500, 503, 0, 200]).listening() as receiver:
        assert handle(shelf, request("Create", receiver.url, asked())).status == "SUCCESS"
    assert [answer["Status"] for answer in receiver.received] == ["SUCCESS"] * 4


def test_an_answer_that_is_refused_is_not_sent_again(shelf: MemoryCatalogue) -> None:
    told = "does not take the answer: it was answered with status 403"
    with Receiver([403]).listening() as receiver, pytest.raises(NotAnswered, match=told):
        handle(shelf, request("Create", receiver.url, asked()))
    assert len(receiver.received) == 1


def test_an_answer_that_does_not_get_through_fails_the_function(shelf: MemoryCatalogue) -> None:
    """So that Lambda calls it again."""
    told = "could not be answered in time: it was answered with status 500"
    with Receiver([500]).listening() as receiver, pytest.raises(NotAnswered, match=told):
        handle(shelf, request("Delete", receiver.url, asked()), seconds=1.0)
    assert len(receiver.received) > 1


def test_when_time_runs_out_it_is_answered_while_there_is_time(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(custom_resource, "ANSWER_SECONDS", 1.0)
    hanging = threading.Event()

    class Hanging(MemoryCatalogue):
        def versions(self, layer: str) -> Iterator[LayerVersion]:
            hanging.wait(3.0)
            return super().versions(layer)

    shelf = Hanging()
    shelf.publish(OURS, f"content {A}")
    began = time.monotonic()
    ended = handle(shelf, request("Create", receiver.url, asked()), seconds=1.5)
    assert 0.4 < receiver.at[0] - began < 1.5
    assert [answer["Status"] for answer in receiver.received] == ["FAILED"]  # what came later is not sent
    assert "the function's time ran out before the layer was resolved" in receiver.answer["Reason"]
    assert ended.status == "FAILED"


def test_a_long_reason_is_cut_to_what_is_taken(receiver: Receiver) -> None:
    shelf = MemoryCatalogue()
    for _ in range(9):
        shelf.publish(OURS, "“" * 256, runtimes=[f"python3.{minor}" for minor in range(9, 24)])
    handle(shelf, request("Create", receiver.url, asked()))
    assert receiver.bytes[0] <= MAX_BYTES
    assert receiver.bytes[0] > MAX_BYTES - 200
    assert receiver.answer["Reason"].startswith("there is no version")
    assert receiver.answer["Reason"].endswith(" …")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ResponseURL": ""}, "ResponseURL is missing: CloudFormation calls this function"),
        ({"ResponseURL": "file:///etc/passwd"}, "expected an address of http or https"),
        ({"RequestType": "Read"}, "RequestType is 'Read', expected one of Create, Update, Delete"),
        ({"StackId": "app"}, "StackId is 'app', expected a stack's ARN"),
    ],
)
def test_what_is_no_request_is_refused(
    shelf: MemoryCatalogue, receiver: Receiver, changes: dict[str, str], message: str
) -> None:
    with pytest.raises(InvalidInput, match=message):
        handle(shelf, {**request("Create", receiver.url, asked()), **changes})
    assert receiver.received == []
