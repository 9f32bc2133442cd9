"""Queries of CloudWatch Logs Insights that are kept: one search over the logs of all functions."""

from collections.abc import Sequence

from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.environment import Environment
from stacks.names import Names

# Put the id in the place of CORRELATION: a batch's, or what a commit's `meta` calls its correlation.
QUERIES = {
    "correlation": "fields @timestamp, service, message, batch, chunk, attempt, commits.0.stream, streams.0.stream\n"
    '| filter @message like "CORRELATION"\n| sort @timestamp\n| limit 1000',
    "errors": "fields @timestamp, service, message, exception, errorType, errorMessage, @logStream\n"
    '| filter level in ["ERROR", "CRITICAL"] or ispresent(errorType) or type = "platform.report" and '
    'record.status != "success"\n| sort @timestamp desc\n| limit 200',
    "calls": "filter ispresent(operation) and ispresent(calls)\n"
    "| stats sum(calls) as made, sum(CallsRetried) as retried, sum(CallsThrottled) as throttled, "
    "sum(CallsUnanswered) as unanswered by function, operation\n| sort made desc",
    "memory": 'filter type = "platform.report"\n'
    "| stats max(record.metrics.maxMemoryUsedMB) as most, pct(record.metrics.maxMemoryUsedMB, 99) as p99, "
    "max(record.metrics.memorySizeMB) as configured, count(*) as invocations by @log\n| sort most desc",
}


class SavedQueries(Construct):
    """The queries, over the logs of these functions (Insights takes 50 log groups at most)."""

    MOST_LOGS = 50

    def __init__(self, scope: Construct, id: str, *, functions: Sequence[str], environment: Environment) -> None:
        super().__init__(scope, id)
        names = Names(environment.name)
        for name, query in QUERIES.items():
            logs.CfnQueryDefinition(
                self,
                name.capitalize(),
                name=names.saved_query(name),
                query_string=query,
                log_group_names=[names.log(function) for function in functions[: self.MOST_LOGS]],
            )
