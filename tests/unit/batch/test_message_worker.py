"""Handlers of SQS events that exist already, as workers of a batch; a Lambda function through an invocation."""

import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from tallygate.batch import Context, Item
from tallygate.batch.lambda_caller import FunctionFailed, invoking
from tallygate.batch.message_worker import HandlerRefused, message_worker
from tallygate.errors import TransientError, Unavailable
from tests.unit.batch.batches import Bench

ITEM = Item("7", {"id": 7, "tail": "N14228"}, 2)
CONTEXT = Context("b1", "7", datetime(2026, 11, 21, tzinfo=UTC), store=None)  # type: ignore[arg-type]


class Handler:
    """Keeps the events; raises or returns what it is told, in turn, then nothing."""

    def __init__(self, *outcomes: Any) -> None:
        self.outcomes, self.events = list(outcomes), list[Any]()

    def __call__(self, event: Any, context: Any) -> Any:
        self.events.append(event)
        assert context.get_remaining_time_in_millis() > 0
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def handle(handler: Handler, **settings: Any) -> None:
    message_worker(name="old", handler=handler, pause=lambda _: None, **settings).process(ITEM, CONTEXT)


def test_an_item_is_a_message() -> None:
    handler = Handler()
    handle(handler)
    ((record,),) = [event["Records"] for event in handler.events]
    assert json.loads(record["body"]) == {"id": 7, "tail": "N14228"}
    assert record["eventSource"] == "aws:sqs"
    assert record["md5OfBody"] == __import__("hashlib").md5(record["body"].encode()).hexdigest()
    attributes = {name: value["stringValue"] for name, value in record["messageAttributes"].items()}
    assert attributes == {"batch": "b1", "item": "7", "key": "b1/7"}


def test_its_id_is_the_same_on_every_try_and_another_for_another_item() -> None:
    handler = Handler(ValueError("x"))
    handle(handler, tries=2)
    message_worker(name="old", handler=handler).process(
        Item("8", {"id": 8}, 3),
        Context("b1", "8", CONTEXT.since, None),  # type: ignore[arg-type]
    )
    first, again, other = (event["Records"][0] for event in handler.events)
    assert first["messageId"] == again["messageId"] != other["messageId"]
    assert [record["attributes"]["ApproximateReceiveCount"] for record in (first, again)] == ["1", "2"]


def test_the_body_is_what_the_caller_makes_of_it() -> None:
    handler = Handler()
    handle(handler, body=lambda item: f"<flight>{item.data['tail']}</flight>")
    assert handler.events[0]["Records"][0]["body"] == "<flight>N14228</flight>"


@pytest.mark.parametrize("answer", [None, {}, "fine", True, {"batchItemFailures": []}, {"batchItemFailures": None}])
def test_whatever_else_it_returns_it_is_done(answer: Any) -> None:
    handle(Handler(answer))


@pytest.mark.parametrize("entry", [{"itemIdentifier": "another"}, {"itemIdentifier": ""}, {}])
def test_a_message_that_is_reported_as_failed_is(entry: Any) -> None:
    with pytest.raises(HandlerRefused, match="old reported"):
        handle(Handler({"batchItemFailures": [entry]}))


def test_an_error_is_the_items_own() -> None:
    with pytest.raises(KeyError, match="tail"):
        handle(Handler(KeyError("tail")))


def test_it_is_tried_as_often_as_told_then_failed() -> None:
    handler = Handler(*[ValueError(str(number)) for number in range(9)])
    with pytest.raises(ValueError, match="2"):
        handle(handler, tries=3)
    assert len(handler.events) == 3
    with pytest.raises(ValueError, match="expected 1 or more"):
        handle(handler, tries=0)


def test_what_passes_is_the_chunk_workers_to_retry() -> None:
    with pytest.raises(TransientError, match="TimeoutError: slow"):
        handle(Handler(TimeoutError("slow")), retry=lambda exc: isinstance(exc, TimeoutError))
    handler = Handler(TransientError("wait"))
    with pytest.raises(TransientError, match="wait"):
        handle(handler, tries=3)
    assert len(handler.events) == 1


def test_a_batch_of_messages_is_counted_as_any_other() -> None:
    def handler(event: Any, _context: Any) -> Any:
        (record,) = event["Records"]
        number = int(json.loads(record["body"])["id"])
        if number == 3:
            raise ValueError("no such aircraft")
        failed = [{"itemIdentifier": record["messageId"]}] if number == 4 else []
        return {"batchItemFailures": failed}

    bench = Bench()
    bench.workers = (message_worker(name="old", handler=handler),)
    bench.upload(*range(10))
    bench.plan({"chunk_size": 5})
    for task in bench.tasks():
        bench.work(task)
    failures = [failure for record in bench.records.chunks(bench.manifest()) for failure in record.failures]
    assert {failure.id: failure.error.split(":")[0] for failure in failures} == {
        "3": "ValueError",
        "4": "HandlerRefused",
    }
    assert bench.reporter().report("b1", 0)["ok"] == 8


class Function:
    """What boto3 answers, or raises; the real thing is in tests/local."""

    def __init__(self, outcome: Any, *, error: bool = False) -> None:
        self.outcome, self.error = outcome, error

    def invoke(self, *, FunctionName: str, Payload: str) -> Any:  # noqa: N803
        assert FunctionName == "old"
        assert json.loads(Payload) == {"Records": []}
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return {"Payload": io.BytesIO(self.outcome)} | ({"FunctionError": "Unhandled"} if self.error else {})


def call(function: Function) -> Any:
    return invoking("old", lambda: function)({"Records": []}, None)  # type: ignore[arg-type,return-value]


def refusal(code: str, status: int) -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "Invoke")  # type: ignore[typeddict-item]


def test_a_functions_answer_is_its_handlers() -> None:
    assert call(Function(b'{"batchItemFailures": []}')) == {"batchItemFailures": []}
    assert call(Function(b"")) is None


def test_a_functions_error_fails_the_item() -> None:
    with pytest.raises(FunctionFailed, match="old: KeyError: tail"):
        call(Function(b'{"errorType": "KeyError", "errorMessage": "tail"}', error=True))
    with pytest.raises(FunctionFailed, match="old: panic"):
        call(Function(b"panic", error=True))


@pytest.mark.parametrize(
    "outcome", [refusal("TooManyRequestsException", 429), refusal("Boom", 500), ReadTimeoutError(endpoint_url="x")]
)
def test_no_answer_is_tried_again(outcome: Exception) -> None:
    with pytest.raises(Unavailable, match="the item is tried again"):
        call(Function(outcome))


def test_a_function_that_may_not_be_invoked_is_no_matter_of_patience() -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        call(Function(refusal("AccessDeniedException", 403)))
