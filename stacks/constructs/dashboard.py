"""The dashboard: a row for each question that somebody has at night."""

from collections.abc import Sequence

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from stacks.constructs.dead_letters import DEAD_LETTERS_OF_CHUNKS
from stacks.constructs.metrics import MINUTE, Metrics
from stacks.constructs.watched import Watched
from stacks.environment import Environment
from stacks.events_in_use import EventsInUse
from stacks.names import Names

WIDTH, HEIGHT = 8, 6
Graph = Sequence[cloudwatch.IMetric]


class Dashboard(Construct):
    """Event store, fan-out, batches, calls to AWS, functions, queues.

    Parameters
    ----------
    functions : sequence of Watched
    """

    def __init__(self, scope: Construct, id: str, *, functions: Sequence[Watched], environment: Environment) -> None:
        super().__init__(scope, id)
        self._functions, self._names = functions, Names(environment.name)
        self._events_table = EventsInUse(environment).table
        self._metrics = Metrics(self, environment)
        rows = {
            "Event store: is it written to, and do writers get in each other's way?": self._store(),
            "Fan-out: how far behind are views and messages?": self._fan_out(),
            "Batches: how far are they, and does anything stand still?": self._batches(),
            "Calls to AWS: slow, throttled, unanswered?": self._calls(),
            "Throttles of AWS: whose limit is it?": self._throttles(),
            "Functions: errors, time, memory": self._of_functions(),
            "Queues: what waits, what was given up": self._queues(),
        }
        made = cloudwatch.Dashboard(self, "Dashboard", dashboard_name=self._names.dashboard)
        for question, widgets in rows.items():
            made.add_widgets(cloudwatch.TextWidget(markdown=f"## {question}", width=3 * WIDTH, height=1))
            made.add_widgets(*widgets)

    def _store(self) -> list[cloudwatch.IWidget]:
        commits = self._own("CommitsStored", "Sum")
        commands = self._own("CommandsStored", "Sum")
        group = cloudwatch.MathExpression(
            expression="commands / commits", using_metrics={"commands": commands, "commits": commits}, period=MINUTE,
            label="commands in a commit",
        )  # fmt: skip
        gave_up = ("CommandsContended", "CommandsOverloaded", "OutcomesUnknown", "StreamsCorrupt")
        return [
            _graph("Commits and conflicts", [commits, self._own("CommitConflicts", "Sum")]),
            _graph("Group size", [group]),
            _graph("Given up", [self._own(name, "Sum") for name in gave_up]),
        ]

    def _fan_out(self) -> list[cloudwatch.IWidget]:
        consumers = [one.name for one in self._functions if one.is_consumer]
        sweeps = [one.name for one in self._functions if one.is_sweep]
        relayed = ("CommitsRelayed", "RecordsResent", "CommitsChanged")
        ages = [self._metrics.function(name, "IteratorAge", "Maximum", label=name) for name in ("relay", *consumers)]
        return [
            _graph("Relay", [self._own(name, "Sum", "relay") for name in relayed]),
            _graph("Iterator age", ages),
            _graph("Lag of projections, p99", [self._own("LagMilliseconds", "p99", name, name) for name in consumers]),
            _graph("Applied", [self._own("CommitsApplied", "Sum", name, name) for name in consumers]),
            _graph(
                "Parked, ahead, with gaps",
                [
                    self._own(metric, "Maximum", name, f"{name} {label}")
                    for metric, label in (
                        ("ParkedStreams", "parked"), ("StreamsAhead", "ahead"), ("StreamsWithGaps", "gaps"),
                    )
                    for name in sweeps
                ],
            ),
            _graph("Read from the table", [self._own("CommitsHealed", "Sum", name, name) for name in consumers]),
        ]  # fmt: skip

    def _batches(self) -> list[cloudwatch.IWidget]:
        seen = ("Chunks", "ChunksRecorded", "ChunksInProgress", "ChunksWaiting")
        polls = ("GatekeeperPolls", "ChunksDispatchedAgain")
        workers = [name for name in ("work", "work_queued") if self._has(name)]
        items = [
            self._own(metric, "Sum", name, f"{name} {metric}")
            for name in workers
            for metric in ("ItemsOk", "ItemsFailed")
        ]
        ended = ("ItemsOk", "ItemsFailed", "ItemsAbandoned")
        executions = (
            "ExecutionsStarted", "ExecutionsSucceeded", "ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted",
        )  # fmt: skip
        return [
            _graph("Chunks, at the last poll", [self._own(name, "Maximum", "gatekeeper") for name in seen]),
            _graph("Polls, and chunks sent again", [self._own(name, "Sum", "gatekeeper") for name in polls]),
            _graph("Items, chunk by chunk", items),
            _graph("Items of batches that ended", [self._own(name, "Sum", "report") for name in ended]),
            _graph("Executions", [self._metrics.executions(name, label=name) for name in executions]),
            _graph("Wait of chunks, p99", [self._own("ChunkWaitSeconds", "p99", name, name) for name in workers]),
        ]

    def _calls(self) -> list[cloudwatch.IWidget]:
        return [
            _graph("p99 of every operation", [self._search("CallMilliseconds", "p99")]),
            _graph("Throttled", [self._search("CallsThrottled", "Sum")]),
            _graph("Unanswered, retried", [self._search(name, "Sum") for name in ("CallsUnanswered", "CallsRetried")]),
        ]

    def _throttles(self) -> list[cloudwatch.IWidget]:
        names, metrics = self._names, self._metrics
        tables = (self._events_table, names.batches_table, names.views_table)
        on_tables = ("ReadThrottleEvents", "WriteThrottleEvents")
        on_stream = ("ReadProvisionedThroughputExceeded", "WriteProvisionedThroughputExceeded")
        return [
            _graph("Tables", [metrics.table(table, name) for table in tables for name in on_tables]),
            _graph("Stream of commits", [metrics.stream(name, "Sum") for name in on_stream]),
            _graph("Functions throttled", self._each("Throttles", "Sum")),
        ]

    def _of_functions(self) -> list[cloudwatch.IWidget]:
        metrics = self._metrics
        used = [
            cloudwatch.MathExpression(
                expression=f"100 * used{number} / {one.memory_mb}",
                using_metrics={f"used{number}": metrics.reported(one.name, "MemoryUsedMB", "Maximum")},
                period=MINUTE,
                label=f"{one.name} of {one.memory_mb} MB",
            )
            for number, one in enumerate(self._functions)
        ]
        return [
            _graph("Errors", self._each("Errors", "Sum")),
            _graph("Duration, p99", self._each("Duration", "p99")),
            _graph("Concurrency", self._each("ConcurrentExecutions", "Maximum")),
            _graph("Memory used, % of configured", used),
            _graph("Initialisation, p99", self._reported("InitMilliseconds", "p99")),
            _graph("Billed", self._reported("BilledMilliseconds", "Sum")),
        ]

    def _queues(self) -> list[cloudwatch.IWidget]:
        names, metrics = self._names, self._metrics
        givers = ["relay", *(one.name for one in self._functions if one.is_consumer), DEAD_LETTERS_OF_CHUNKS]
        visible = "ApproximateNumberOfMessagesVisible"
        dead = [metrics.queue(names.dead_letters(giver), visible, label=giver) for giver in givers]
        return [
            _graph("Dead letters", dead),
            _graph("Chunks in the queue", [metrics.queue(names.task_queue, visible, label="waiting")]),
            _graph("Oldest chunk", [metrics.queue(names.task_queue, "ApproximateAgeOfOldestMessage", label="seconds")]),
        ]

    def _has(self, function: str) -> bool:
        return any(one.name == function for one in self._functions)

    def _own(
        self, name: str, statistic: str, service: str | None = None, label: str | None = None
    ) -> cloudwatch.Metric:
        if service is None:
            return self._metrics.own(name, statistic, label=label or name)
        return self._metrics.own(name, statistic, label=label or name, service=service)

    def _each(self, name: str, statistic: str) -> list[cloudwatch.Metric]:
        return [self._metrics.function(one.name, name, statistic, label=one.name) for one in self._functions]

    def _reported(self, name: str, statistic: str) -> list[cloudwatch.Metric]:
        return [self._metrics.reported(one.name, name, statistic, label=one.name) for one in self._functions]

    def _search(self, name: str, statistic: str) -> cloudwatch.MathExpression:
        """Whatever operations there are: also those that tomorrow's code calls."""
        search = f"SEARCH('{{{self._names.metrics},operation}} MetricName=\"{name}\"', '{statistic}', 60)"
        return cloudwatch.MathExpression(expression=search, using_metrics={}, label="", period=MINUTE)


def _graph(title: str, metrics: Graph) -> cloudwatch.IWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=WIDTH, height=HEIGHT)
