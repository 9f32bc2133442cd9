"""Alarms of the fan-out. Each says in its description what to do first."""

from functools import partial

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.constructs.alarm import alarm
from stacks.constructs.metrics import MINUTE, Metrics
from stacks.environment import Environment


class FanOutAlarms(Construct):
    """Alarms about one function.

    Parameters
    ----------
    function : str
        Its name within the environment.
    """

    def __init__(self, scope: Construct, *, function: str, environment: Environment) -> None:
        super().__init__(scope, "Alarms")
        self._function, self._environment = function, environment
        self._alarm = partial(alarm, self, about=function, environment=environment)

    def on_age(self, function: lambda_.IFunction, *, kept_hours: int, then: str) -> None:
        """The oldest record handled is older than a part of the time for which records wait, in hours.

        Without records there is no age: missing data is no trouble.
        """
        percent = self._environment.iterator_age_percent
        self._alarm(
            trouble="iterator-age",
            metric=function.metric("IteratorAge", statistic="Maximum", period=MINUTE),
            above=kept_hours * 3_600_000 * percent / 100,
            says=f"{self._function} has fallen behind by {percent} % of the {kept_hours} h for which commits wait for "
            f"it. First: read the errors and throttles of its last invocations in its log. {then}",
        )

    def on_dead_letters(self, queue: sqs.IQueue, *, then: str) -> None:
        """There is a message in the queue. SQS is silent about a queue that has long been empty."""
        self._alarm(
            trouble="dead-letters",
            metric=queue.metric_approximate_number_of_messages_visible(statistic="Maximum", period=MINUTE),
            above=0,
            says=f"{self._function} gave up commits. First: read a message of its dead-letter queue (it names shard "
            f"and sequence numbers) and the log of that time. {then}",
        )

    def on_lag(self) -> None:
        """One invocation in a hundred applies its oldest commit late, in three minutes of five.

        Without commits there is no lag.
        """
        seconds = self._environment.lag_alarm_seconds
        self._alarm(
            trouble="lag",
            metric=self._own("LagMilliseconds", "p99", MINUTE),
            above=seconds * 1000,
            periods=5,
            of_them=3,
            says=f"{self._function}: in one invocation in a hundred the oldest commit is applied more than {seconds} s "
            "after it was stored. First: compare its duration with its timeout and its iterator age with the relay's. "
            "While a new version catches up this is as it must be.",
        )

    def on_parked_streams(self) -> None:
        """The last sweep saw parked streams. Between two sweeps the alarm stays as it is."""
        self._alarm(
            trouble="parked-streams",
            metric=self._own("ParkedStreams", "Maximum", self._between_sweeps()),
            above=0,
            missing=cloudwatch.TreatMissingData.IGNORE,
            says=f"{self._function} sees streams that are parked: they stand still, the others go on. First: read the "
            "error in the stream's row of the views table, mend the code, deploy it, then unpark the stream.",
        )

    def on_streams_ahead(self) -> None:
        """The last sweep saw rows that are further than their streams. Between two sweeps the alarm stays as it is."""
        self._alarm(
            trouble="streams-ahead",
            metric=self._own("StreamsAhead", "Maximum", self._between_sweeps()),
            above=0,
            missing=cloudwatch.TreatMissingData.IGNORE,
            says=f"{self._function} sees views that are further than the events table: it was restored without a new "
            "epoch, or commits were deleted. First: stop whatever writes, read which streams in its log.",
        )

    def on_changed_commits(self) -> None:
        """Commits were written over or deleted. Without any there is no such metric."""
        self._alarm(
            trouble="commits-changed",
            metric=self._own("CommitsChanged", "Sum", MINUTE),
            above=0,
            says=f"{self._function} saw commits that were written over or deleted: somebody went past the library. "
            "First: read which in its log (changed commit), and who in CloudTrail's data events of the events table, "
            "if they are on; take their right away. Point-in-time recovery has what was there, views still show it: "
            "rebuild none before it is restored.",
        )

    def on_failed_sweeps(self, function: lambda_.IFunction) -> None:
        """Three sweeps in a row failed: what a transport lost is not being healed."""
        self._alarm(
            trouble="errors",
            metric=function.metric_errors(statistic="Maximum", period=self._between_sweeps()),
            above=0,
            periods=3,
            of_them=3,
            says=f"{self._function} fails each time: what was lost on the way is not being found. First: read its log.",
        )

    def _between_sweeps(self) -> Duration:
        return Duration.minutes(max(1, self._environment.sweep_minutes))

    def _own(self, name: str, statistic: str, period: Duration) -> cloudwatch.Metric:
        return Metrics(self, self._environment).own(name, statistic, period=period, service=self._function)
