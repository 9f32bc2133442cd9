"""Alarms about batches."""

from functools import partial

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from stacks.constructs.alarm import alarm
from stacks.constructs.metrics import FIVE_MINUTES, MINUTE, Metrics
from stacks.environment import Environment
from stacks.names import Names

STALLED_MINUTES = 15
AGAIN_IN_A_QUARTER_HOUR = 100  # a chunk that is killed comes three times; so many tell of workers that all die
QUEUE_HOURS = 1.0
EXECUTIONS = {
    "executions-failed": "A batch failed. First: read the cause of the execution: bad input says how to mend it, "
    "everything else can be redriven.",
    "executions-timed-out": "An execution timed out. First: start the batch again under its name, it goes on where it "
    "was; then look which state it was in.",
    "executions-aborted": "Somebody stopped an execution. First: ask who, then start the batch again under its name, "
    "or cancel it.",
}


class BatchAlarms(Construct):
    """Executions that ended otherwise than planned, chunks that nobody works on or that come again and again."""

    def __init__(self, scope: Construct, *, environment: Environment) -> None:
        super().__init__(scope, "Batch")
        self._environment, self._metrics = environment, Metrics(self, environment)
        self._alarm = partial(alarm, self, about="batch", environment=environment)
        self._executions()
        self._stalled()
        self._dispatched_again()
        self._abandoned()
        self._erred()
        self._queue()

    def _executions(self) -> None:
        for trouble, says in EXECUTIONS.items():
            metric = "".join(word.capitalize() for word in trouble.split("-"))
            self._alarm(
                trouble=trouble,
                metric=self._metrics.executions(metric, period=FIVE_MINUTES),
                above=0,
                says=says,
            )

    def _stalled(self) -> None:
        self._alarm(
            trouble="stalled",
            metric=self._of("gatekeeper", "ChunksInProgress", "Maximum", MINUTE),
            above=0,
            below=True,
            periods=STALLED_MINUTES,
            of_them=STALLED_MINUTES,
            says=f"The gatekeeper has polled for {STALLED_MINUTES} minutes and nobody works on a chunk. First: read "
            "the workers' log and throttles; with dispatch by queue, whether workers take messages.",
        )

    def _dispatched_again(self) -> None:
        self._alarm(
            trouble="dispatched-again",
            metric=self._of("gatekeeper", "ChunksDispatchedAgain", "Sum", FIVE_MINUTES),
            above=AGAIN_IN_A_QUARTER_HOUR / 3,
            periods=3,
            of_them=3,
            says="Many chunks are dispatched again and again: their workers die or run out of time. First: read the "
            "workers' log for `Runtime exited` and `Task timed out`, and make memory.",
        )

    def _abandoned(self) -> None:
        self._alarm(
            trouble="abandoned",
            metric=self._of("report", "ItemsAbandoned", "Sum", FIVE_MINUTES),
            above=0,
            says="A batch ended by force or was cancelled: items were abandoned, and their outcome is unknown until "
            "they are redriven. First: read its report, then redrive it.",
        )

    def _erred(self) -> None:
        if not self._environment.queue_concurrency:
            return
        self._alarm(
            trouble="chunks-erred",
            metric=self._of("work_queued", "ChunksErred", "Sum", FIVE_MINUTES),
            above=0,
            periods=3,
            of_them=3,
            says="Attempts at chunks fail before their items are begun, for a quarter of an hour. First: read `the "
            "attempt failed` in the log of work_queued.",
        )

    def _queue(self) -> None:
        queue = Names(self._environment.name).task_queue
        self._alarm(
            trouble="queue-age",
            metric=self._metrics.queue(queue, "ApproximateAgeOfOldestMessage"),
            above=QUEUE_HOURS * 3600,
            says=f"A chunk has waited in the queue for over {QUEUE_HOURS:g} h. First: compare the workers' number with "
            "the batches' deadlines.",
        )

    def _of(self, service: str, name: str, statistic: str, period: Duration) -> cloudwatch.Metric:
        return self._metrics.own(name, statistic, period=period, service=service)
