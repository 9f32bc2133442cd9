"""Log lines from CloudWatch Logs."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from tallygate import aws
from tallygate.deadline import Deadline
from tallygate.explain.log_lines import Line
from tallygate.put_if_absent import resend

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient


class CloudWatchLogLines:
    """The log groups `/aws/lambda/<prefix>-<function>`. Searching is free of charge, and slow where there is much.

    Parameters
    ----------
    prefix : str
        Such as `tallygate-dev`.
    client : CloudWatchLogsClient, optional
        Default: the process's client with Tallygate's deadlines.
    """

    def __init__(self, prefix: str, client: "CloudWatchLogsClient | None" = None) -> None:
        self._groups = f"/aws/lambda/{prefix}-"
        self._client = client or aws.logs()

    def functions(self, until: Deadline) -> list[str]:
        """See `LogLines.functions`."""
        request: dict[str, Any] = {"logGroupNamePrefix": self._groups}
        pages = self._pages("describe_log_groups", request, until)
        return sorted(group["logGroupName"].removeprefix(self._groups) for page in pages for group in page["logGroups"])

    def find(self, function: str, text: str, since: datetime, until: Deadline) -> list[Line]:
        """See `LogLines.find`."""
        request: dict[str, Any] = {
            "logGroupName": f"{self._groups}{function}",
            "filterPattern": json.dumps(text),  # a quoted term; quotes within it are escaped as in JSON
            "startTime": int(since.timestamp() * 1000),
        }
        lines = (
            _line(function, event)
            for page in self._pages("filter_log_events", request, until)
            for event in page["events"]
        )
        return sorted((line for line in lines if line is not None), key=lambda line: line.at)

    def _pages(self, operation: str, request: dict[str, Any], until: Deadline) -> Iterator[dict[str, Any]]:
        call = getattr(self._client, operation)
        while True:
            answer: dict[str, Any] = resend(partial(call, **request), until, what=f"CloudWatch Logs {operation}")
            yield answer
            if not answer.get("nextToken"):
                return
            request = request | {"nextToken": answer["nextToken"]}


def _line(function: str, event: dict[str, Any]) -> Line | None:
    try:
        data = json.loads(event["message"])
    except ValueError:
        return None  # a line of the platform's
    at = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
    return Line(function, at, data) if isinstance(data, dict) else None
