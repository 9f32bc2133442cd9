"""The answer to CloudFormation, given once."""

import json
import threading
import time
from collections.abc import Mapping

import urllib3

from tallygate.deadline import Deadline, full_jitter
from tallygate.errors import TallygateError
from tallygate.layer_versions.request import Request

MAX_BYTES = 4096  # of the whole answer: CloudFormation's limit
CONNECT_SECONDS, READ_SECONDS = 2.0, 4.0
_BASE_SECONDS, _CAP_SECONDS = 0.2, 2.0
_CUT = " …"


class NotAnswered(TallygateError):
    """CloudFormation could not be told; Lambda calls the function again, and after that the stack's patience ends."""


class Reply:
    """Answers a request: the first answer counts, whichever thread gives it.

    Parameters
    ----------
    request : Request
    until : Deadline
        For getting it through.
    """

    def __init__(self, request: Request, until: Deadline) -> None:
        self._request = request
        self._until = until
        self._lock = threading.Lock()
        self.status = ""

    def succeed(self, data: Mapping[str, str]) -> None:
        """Say that it is done; `data` are the resource's attributes. Raises `NotAnswered`."""
        self._answer("SUCCESS", "", data)

    def fail(self, reason: str) -> None:
        """Say that it failed, and why; what is too long is cut. Raises `NotAnswered`."""
        self._answer("FAILED", reason, {})

    def _answer(self, status: str, reason: str, data: Mapping[str, str]) -> None:
        with self._lock:
            if self.status:
                return
            put(self._request.answer_to, encoded(self._request, status, reason, data), self._until)
            self.status = status


def encoded(request: Request, status: str, reason: str, data: Mapping[str, str]) -> bytes:
    """The answer as JSON, no longer than CloudFormation takes: the reason is cut where it must be."""
    answer = {
        "Status": status,
        "Reason": reason,
        "PhysicalResourceId": request.physical_id,
        "StackId": request.stack,
        "RequestId": request.id,
        "LogicalResourceId": request.logical_id,
        "NoEcho": False,
        "Data": dict(data),
    }
    while len(body := json.dumps(answer, ensure_ascii=False).encode()) > MAX_BYTES and reason:
        reason = reason[: -max(1, (len(body) - MAX_BYTES) // 4)]  # a character has up to four bytes
        answer["Reason"] = reason + _CUT
    return body


def put(url: str, body: bytes, until: Deadline) -> None:
    """PUT the answer, again and again where the receiver doesn't take it.

    Raises
    ------
    NotAnswered
        It was refused (4xx: the address has expired), or the deadline passed.
    """
    # The address is signed without a content type: any would break the signature.
    headers = {"Content-Type": "", "Content-Length": str(len(body))}
    patience = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
    attempt = 0
    while True:
        try:
            with urllib3.PoolManager(timeout=patience, retries=False) as http:
                status = http.request("PUT", url, body=body, headers=headers).status
            trouble = f"it was answered with status {status}"
            if status < 300:
                return
            if 300 <= status < 500 and status not in (408, 429):
                raise NotAnswered(f"CloudFormation does not take the answer: {trouble}")
        except urllib3.exceptions.HTTPError as exc:
            trouble = str(exc)
        pause = full_jitter(attempt, base=_BASE_SECONDS, cap=_CAP_SECONDS)
        if until.left <= pause:
            raise NotAnswered(f"CloudFormation could not be answered in time: {trouble}")
        time.sleep(pause)
        attempt += 1
