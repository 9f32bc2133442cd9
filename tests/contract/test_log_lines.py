"""What every search of log lines promises: on the twin, and on the emulator's CloudWatch Logs."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import boto3
import pytest

from local.emulator.process import Emulator
from tallygate import aws
from tallygate.deadline import Deadline
from tallygate.explain.cloudwatch import CloudWatchLogLines
from tallygate.explain.log_lines import Line, LogLines, MemoryLogLines

NOW = datetime.now(UTC).replace(microsecond=0)
Store = Callable[[list[Line]], LogLines]


@pytest.fixture(params=["memory", "emulator"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    if request.param == "memory":
        yield MemoryLogLines
        return
    with Emulator() as emulator:
        client = boto3.client("logs", config=aws.config(read_timeout=30), **emulator.client_settings())
        prefix = f"tiny-{uuid4().hex[:8]}"

        def put(lines: list[Line]) -> LogLines:
            for function in sorted({line.function for line in lines}):
                group = f"/aws/lambda/{prefix}-{function}"
                client.create_log_group(logGroupName=group)
                client.create_log_stream(logGroupName=group, logStreamName="one")
                events = [
                    (line.at, json.dumps(line.data, separators=(",", ":")))
                    for line in lines
                    if line.function == function
                ]
                events.append((NOW, "REPORT RequestId: no JSON, but account-1"))
                client.put_log_events(
                    logGroupName=group,
                    logStreamName="one",
                    logEvents=[
                        {"timestamp": int(at.timestamp() * 1000), "message": message} for at, message in sorted(events)
                    ],
                )
            return CloudWatchLogLines(prefix, client)

        yield put


def test_lines_with_a_text_are_found_in_the_order_of_time(store: Store) -> None:
    def line(function: str, minutes: int, stream: str) -> Line:
        return Line(function, NOW - timedelta(minutes=minutes), {"commits": [{"stream": stream, "version": minutes}]})

    lines = [line("relay", 1, "account-1"), line("relay", 5, "account-1"), line("relay", 3, "account-2")]
    lines += [line("work", 2, "account-1"), line("relay", 50, "account-1")]
    found = store(lines)
    until = Deadline.after(20)
    assert found.functions(until) == ["relay", "work"]
    assert found.find("relay", "account-1", NOW - timedelta(minutes=10), until) == [lines[1], lines[0]]
    assert found.find("relay", "account-9", NOW - timedelta(minutes=10), until) == []
