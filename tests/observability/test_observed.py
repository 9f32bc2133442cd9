"""The meters, on a client whose wire is ours: durations, retries, throttles, silence; and what a handler prints."""

import contextlib
import json
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from aws_lambda_powertools import Metrics
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

from tallygate import calls
from tallygate.calls import CallMeter, Calls, Distribution
from tallygate.counted import STORE, Counts
from tallygate.events import EventStore, MemoryCommitLog
from tallygate.events.errors import Contended, CorruptStream, OutcomeUnknown, Overloaded, VersionConflict
from tallygate.events.meter import StoreMeter
from tallygate.observed import observed
from tests.accounts import ACCOUNT, Deposited
from tests.conftest import ANYBODY

Answer = tuple[int, dict[str, Any]] | Exception
FINE: Answer = (200, {})
THROTTLED: Answer = (400, {"__type": "com.amazonaws#ProvisionedThroughputExceededException"})
BROKEN: Answer = (500, {"__type": "InternalServerError"})
TAKEN: Answer = (400, {"__type": "ConditionalCheckFailedException"})
SILENT: Answer = ReadTimeoutError(endpoint_url="http://127.0.0.1")


class Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: object) -> list[bytes]:
        return [self._body]


def client(meter: CallMeter, *answers: Answer, attempts: int = 2, service: Any = "dynamodb") -> Any:
    """A client that is answered from a list; the last answer stays."""
    config = Config(retries={"mode": "standard", "total_max_attempts": attempts})
    made = boto3.client(service, config=config, **ANYBODY)
    left = list(answers)

    def answer(**_: object) -> Any:
        given = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(given, Exception):
            raise given
        return AWSResponse("http://127.0.0.1", given[0], HTTPHeaders(), Raw(json.dumps(given[1]).encode()))

    made.meta.events.register("before-send", answer)
    meter.watch(made)
    return made


def get(client: Any) -> None:
    client.get_item(TableName="t", Key={"pk": {"S": "a"}})


def troubles(*answers: Answer, attempts: int = 2) -> tuple[int, int, int, int]:
    """Of one call: calls, retried, throttled, unanswered."""
    meter = CallMeter()
    with contextlib.suppress(ClientError, BotoCoreError):
        get(client(meter, *answers, attempts=attempts))
    (seen,) = meter.take().values()
    return seen.milliseconds.count, seen.retried, seen.throttled, seen.unanswered


def test_each_trouble_is_counted_by_attempt_and_each_call_once() -> None:
    assert troubles(FINE) == (1, 0, 0, 0)
    assert troubles(TAKEN) == (1, 0, 0, 0)  # an answer, and no trouble
    assert troubles(THROTTLED, FINE) == (1, 1, 1, 0)
    assert troubles(BROKEN, FINE) == (1, 1, 0, 1)
    assert troubles(SILENT, FINE) == (1, 1, 0, 1)
    assert troubles(SILENT, attempts=1) == (1, 0, 0, 1)
    assert troubles(BROKEN) == (1, 1, 0, 2)


def cancelled(*codes: str) -> Answer:
    reasons = [{"Code": code} for code in codes]
    return 400, {"__type": "TransactionCanceledException", "CancellationReasons": reasons}


def test_a_transaction_that_is_cancelled_for_being_too_many_is_throttled() -> None:
    for code in ("ThrottlingError", "ProvisionedThroughputExceeded", "TransactionConflict"):
        assert troubles(cancelled("None", code), attempts=1) == (1, 0, 1, 0)
    assert troubles(cancelled("None", "ConditionalCheckFailed"), attempts=1) == (1, 0, 0, 0)


def put_records(*codes: str) -> int:
    """How many calls of PutRecords are throttled, when their records are answered with these."""
    records = [{"ErrorCode": code, "ErrorMessage": "no"} if code else {"SequenceNumber": "1"} for code in codes]
    meter = CallMeter()
    answer = 200, {"FailedRecordCount": sum(map(bool, codes)), "Records": records}
    client(meter, answer, service="kinesis").put_records(
        StreamName="s", Records=[{"Data": b"d", "PartitionKey": "k"} for _ in codes]
    )
    (seen,) = meter.take().values()
    return seen.throttled


def test_an_answer_that_refuses_some_of_its_records_for_being_too_many_is_throttled_once() -> None:
    assert put_records("", "ProvisionedThroughputExceededException", "ProvisionedThroughputExceededException") == 1
    assert put_records("", "InternalFailure") == 0
    assert put_records("", "") == 0
    events: Answer = (200, {"FailedEntryCount": 1, "Entries": [{"EventId": "1"}, {"ErrorCode": "ThrottlingException"}]})
    meter = CallMeter()
    made = client(meter, events, service="events")
    made.put_events(Entries=[{"Detail": "{}"}, {"Detail": "{}"}])
    made.remove_targets(Rule="r", Ids=["1"])  # has such a count, and no entries
    assert [seen.throttled for seen in meter.take().values()] == [1, 0]


def test_a_call_is_measured_whole_with_its_retries() -> None:
    meter = CallMeter()
    slow = client(meter, THROTTLED, FINE)
    slow.meta.events.register_first("before-send.dynamodb", lambda **_: time.sleep(0.05))
    get(slow)
    (seen,) = meter.take().values()
    (milliseconds,) = seen.milliseconds.values()
    assert milliseconds >= 100 * 0.97


def test_operations_are_told_apart_and_told_once() -> None:
    meter = CallMeter()
    made = client(meter, FINE)
    get(made)
    made.describe_table(TableName="t")
    assert set(meter.take()) == {"dynamodb.GetItem", "dynamodb.DescribeTable"}
    assert meter.take() == {}


def test_twenty_threads_lose_no_call() -> None:
    meter = CallMeter()
    made = client(meter, FINE)
    threads = [threading.Thread(target=lambda: deque(map(get, [made] * 20))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert meter.take()["dynamodb.GetItem"].milliseconds.count == 400


def test_the_p99_of_what_is_told_is_the_p99_of_what_was() -> None:
    few, many = Distribution(), Distribution()
    for value in (3.0, 1.0, 2.0):
        few.add(value)
    assert few.values() == pytest.approx([1, 2, 3], rel=0.026)
    for n in range(10_000):
        many.add(5.0 if n % 50 else 800.0)  # one in fifty is slow
    told = many.values()
    assert len(told) == 100
    assert told[98] == pytest.approx(800, rel=0.026)
    assert told[97] == pytest.approx(5, rel=0.026)


def test_what_nobody_takes_stays_small() -> None:
    seen = Calls()
    for n in range(100_000):
        seen.milliseconds.add(0.001 * 1.0002**n)
    assert len(seen.milliseconds._counts) < 480
    assert len(seen.milliseconds.values()) == 100


def test_metering_takes_microseconds(capsys: pytest.CaptureFixture[str]) -> None:
    meter, context = CallMeter(), dict[str, Any]()
    best = min(_timed(meter, context) for _ in range(5))
    with capsys.disabled():
        print(f"\nmetering one call: {best * 1e9:,.0f} ns")
    assert best < 200e-6


def _timed(meter: CallMeter, context: dict[str, Any], calls: int = 2_000) -> float:
    name, fine = "dynamodb.PutItem", {"ResponseMetadata": {"HTTPStatusCode": 200}}
    started = time.perf_counter()
    for _ in range(calls):
        meter._begin(context=context, event_name=f"before-call.{name}")
        meter._attempt(f"response-received.{name}", context=context, parsed_response=fine, exception=None)
        meter._end(f"after-call.{name}", context=context)
    return (time.perf_counter() - started) / calls


def told(work: Callable[[], object], capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    calls.METER.take()
    STORE.take()
    metrics = Metrics(namespace="Tallygate/test", service="work")

    @observed(metrics)
    def handler(_event: object, _context: object) -> None:
        work()

    with contextlib.suppress(ClientError, Contended):
        handler({}, None)
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_handler_tells_its_calls_also_where_it_fails(capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = told(lambda: get(client(calls.METER, THROTTLED)), capsys)
    assert (line["function"], line["operation"], line["calls"]) == ("work", "dynamodb.GetItem", 1)
    durations, counts = line["_aws"]["CloudWatchMetrics"]
    assert durations == {
        "Namespace": "Tallygate/test",
        "Dimensions": [["operation"]],
        "Metrics": [{"Name": "CallMilliseconds", "Unit": "Milliseconds"}],
    }
    assert counts["Dimensions"] == [["operation"], []]
    assert {one["Name"] for one in counts["Metrics"]} == {"CallsRetried", "CallsThrottled"}
    assert (line["CallsRetried"], line["CallsThrottled"]) == (1, 2)
    assert len(line["CallMilliseconds"]) == 1


def test_what_the_store_did_is_told_without_dimensions(capsys: pytest.CaptureFixture[str]) -> None:
    store = EventStore(MemoryCommitLog(), meter=StoreMeter(STORE))

    def work() -> None:
        loaded = store.load(ACCOUNT, "7")
        store.append(loaded, [Deposited(1)])
        with pytest.raises(VersionConflict):
            store.append(loaded, [Deposited(1)])
        with StoreMeter(STORE).watching():
            raise Contended("account-7", 3)

    (line,) = told(work, capsys)
    assert [one["Dimensions"] for one in line["_aws"]["CloudWatchMetrics"]] == [[[]]]
    assert {name: line[name] for name in ("CommitsStored", "CommitConflicts", "CommandsContended")} == {
        "CommitsStored": 1,
        "CommitConflicts": 1,
        "CommandsContended": 1,
    }


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (Contended("s", 1), "CommandsContended"),
        (Overloaded("s", 1), "CommandsOverloaded"),
        (OutcomeUnknown("s", []), "OutcomesUnknown"),
        (CorruptStream("s"), "StreamsCorrupt"),
    ],
)
def test_what_is_given_up_is_counted_and_raised(error: Exception, name: str) -> None:
    counts = Counts()
    with pytest.raises(type(error)), StoreMeter(counts).watching():
        raise error
    assert counts.take() == {name: 1}
