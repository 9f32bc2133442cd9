"""Reads what was reported: the metrics where there are some, else the logs."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from tallygate import aws
from tallygate.errors import TallygateError
from tallygate.memory_use.report_line import memory_used
from tallygate.memory_use.use import Use, percentile

DAY_SECONDS = 86_400
LINES = 10_000  # of one log: enough for a p99
QUERIES = 250  # two for each function; CloudWatch takes 500


class NothingReported(TallygateError):
    """There is nothing to tell; the message says where was looked."""


def uses(environment: str, days: int) -> list[Use]:
    """Memory of all functions of an environment such as `dev`, in the last days.

    The p99 is that of the worst day. Costs $0.01 per 1,000 metrics, and nothing for logs.

    Raises
    ------
    NothingReported
        No function of that environment is found, or none was invoked.
    """
    prefix, since = f"tallygate-{environment}", datetime.now(UTC) - timedelta(days=days)
    configured = dict(_functions(f"{prefix}-"))
    if not configured:
        region = aws.functions().meta.region_name
        raise NothingReported(
            f"no function of {prefix} is found in {region}: deploy it, or look at the account and Region"
        )
    told = _by_metrics(environment, list(configured), since)
    found = [
        Use(name, memory, *(told.get(name) or _by_log(f"/aws/lambda/{prefix}-{name}", since)))
        for name, memory in sorted(configured.items())
    ]
    if all(use.most is None for use in found):
        raise NothingReported(
            f"no invocation is reported since {since:%Y-%m-%d}: wait for some, or look further back (--days)"
        )
    return found


def _functions(prefix: str) -> Iterator[tuple[str, int]]:
    for page in aws.functions().get_paginator("list_functions").paginate():
        for one in page["Functions"]:
            if one["FunctionName"].startswith(prefix):
                yield one["FunctionName"].removeprefix(prefix), int(one["MemorySize"])


def _by_metrics(environment: str, functions: list[str], since: datetime) -> dict[str, tuple[float, float]]:
    values: dict[str, float] = {}
    for start in range(0, len(functions), QUERIES):
        some = functions[start : start + QUERIES]
        queries = [
            _query(f"{kind}{start + n}", f"Tallygate/{environment}/{name}", statistic)
            for n, name in enumerate(some)
            for kind, statistic in (("most", "Maximum"), ("p", "p99"))
        ]
        pages = aws.cloudwatch().get_paginator("get_metric_data")
        for page in pages.paginate(MetricDataQueries=queries, StartTime=since, EndTime=datetime.now(UTC)):
            for result in page["MetricDataResults"]:
                for value in result["Values"]:
                    values[result["Id"]] = max(value, values.get(result["Id"], 0.0))
    found = {name: (values.get(f"most{n}"), values.get(f"p{n}")) for n, name in enumerate(functions)}
    return {name: (most, most if p99 is None else p99) for name, (most, p99) in found.items() if most is not None}


def _query(id: str, namespace: str, statistic: str) -> dict[str, Any]:
    metric = {"Namespace": namespace, "MetricName": "MemoryUsedMB"}
    return {"Id": id, "MetricStat": {"Metric": metric, "Period": DAY_SECONDS, "Stat": statistic}}


def _by_log(group: str, since: datetime) -> tuple[float, float] | tuple[None, None]:
    client = aws.logs()
    for term in ('"platform.report"', '"REPORT RequestId"'):
        values: list[float] = []
        request: dict[str, Any] = {
            "logGroupName": group,
            "filterPattern": term,
            "startTime": int(since.timestamp() * 1000),
        }
        try:
            for page in client.get_paginator("filter_log_events").paginate(**request):
                used = (memory_used(event["message"]) for event in page["events"])
                values += [value for value in used if value is not None]
                if len(values) >= LINES:
                    break
        except client.exceptions.ResourceNotFoundException:
            return None, None
        if values:
            return max(values), percentile(values, 0.99)
    return None, None
