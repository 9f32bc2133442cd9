"""Answers that botocore turns into errors: which are sent again, which are not."""

import time
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError, ReadTimeoutError

from tallygate import aws
from tallygate.deadline import Deadline, full_jitter
from tallygate.errors import Unavailable
from tallygate.put_if_absent import resend


def client_error(code: str, status: int) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "PutItem")


UNANSWERED = [
    client_error("InternalServerError", 500),
    client_error("ServiceUnavailable", 503),
    client_error("ThrottlingException", 400),
    client_error("ProvisionedThroughputExceededException", 400),
    ReadTimeoutError(endpoint_url="http://x"),
    EndpointConnectionError(endpoint_url="http://x"),
    ConnectionClosedError(endpoint_url="http://x"),
]
ANSWERED = [client_error("AccessDeniedException", 400), client_error("ValidationException", 400)]


@pytest.mark.parametrize("error", UNANSWERED, ids=str)
def test_a_call_without_an_answer_is_sent_again(error: Exception) -> None:
    answers: list[object] = [error, error, "answer"]

    def call() -> object:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert resend(call, Deadline.after(5), what="the call") == "answer"


@pytest.mark.parametrize("error", ANSWERED, ids=str)
def test_an_answer_is_final(error: Exception) -> None:
    def call() -> object:
        raise error

    with pytest.raises(ClientError) as raised:
        resend(call, Deadline.after(5), what="the call")
    assert raised.value is error


def test_the_deadline_ends_it_and_says_what_to_do() -> None:
    def call() -> object:
        raise UNANSWERED[0]

    start = time.monotonic()
    with pytest.raises(Unavailable, match=r"the call got no answer before the deadline .*same ids"):
        resend(call, Deadline.after(0.2), what="the call")
    assert time.monotonic() - start < 1


def test_full_jitter_grows_to_its_cap() -> None:
    assert [full_jitter(n, base=1, cap=10, rng=lambda: 1.0) for n in range(6)] == [1, 2, 4, 8, 10, 10]
    assert full_jitter(10_000, base=1, cap=10, rng=lambda: 0.0) == 0


def test_every_client_has_deadlines() -> None:
    for client in (aws.config(), aws.config(read_timeout=5)):
        assert client.connect_timeout == 1  # type: ignore[attr-defined]
        assert client.read_timeout <= 5  # type: ignore[attr-defined]
        assert client.tcp_keepalive  # type: ignore[attr-defined]
        assert client.retries == {"mode": "standard", "total_max_attempts": 2}  # type: ignore[attr-defined]
