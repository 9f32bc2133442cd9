"""Alarms about calls to AWS, and about the event store that makes most of them."""

from constructs import Construct

from stacks.constructs.alarm import alarm
from stacks.constructs.metrics import FIVE_MINUTES, Metrics
from stacks.environment import Environment

SLOW_MILLISECONDS = 500
# What a commit waits for on its way to a view. CloudWatch's alarms can't search for operations, so they are named.
OPERATIONS = (
    "dynamodb.PutItem",
    "dynamodb.Query",
    "dynamodb.GetItem",
    "dynamodb.UpdateItem",
    "kinesis.PutRecords",
)
STORE = ("contended", "overloaded", "outcomes-unknown", "corrupt")
# By trouble: the metric, how many in five minutes are borne, and what to say.
COUNTS = {
    "throttled-calls": (
        "CallsThrottled",
        100,
        (
            "Calls to AWS are refused for being too many. First: see on the dashboard which operation, and which "
            "table, stream or key it is about."
        ),
    ),
    "unanswered-calls": (
        "CallsUnanswered",
        100,
        (
            "Calls to AWS get no answer, or a 5xx. First: look at AWS Health for the Region, and on the dashboard "
            "which operation it is."
        ),
    ),
    "contended": (
        "CommandsContended",
        10,
        (
            "Commands gave up: other writers kept winning their stream. First: see which stream (Contended, in the "
            "callers' log), and let fewer writers share it."
        ),
    ),
    "overloaded": (
        "CommandsOverloaded",
        10,
        (
            "Commands gave up: too many of one process waited for one stream. First: see which stream (Overloaded, in "
            "the callers' log), and send fewer at a time."
        ),
    ),
    "outcomes-unknown": (
        "OutcomesUnknown",
        10,
        (
            "Writes ended without an answer: they may be stored or not. First: see that the callers try again with the "
            "same command_id; batches do."
        ),
    ),
    "corrupt": (
        "StreamsCorrupt",
        0,
        (
            "A stream has a hole, or a commit that can't be read. First: read which stream in the callers' log; delete "
            "and change nothing."
        ),
    ),
}


class CallAlarms(Construct):
    """Slow operations, throttled and unanswered calls, and what the event store gave up on."""

    def __init__(self, scope: Construct, *, environment: Environment) -> None:
        super().__init__(scope, "Calls")
        self._environment, self._metrics = environment, Metrics(self, environment)
        for operation in OPERATIONS:
            self._slow(operation)
        self._counts()

    def _slow(self, operation: str) -> None:
        alarm(
            self,
            id=f"Slow-{operation}",
            about=operation,
            trouble="slow-calls",
            metric=self._metrics.own("CallMilliseconds", "p95", period=FIVE_MINUTES, operation=operation),
            above=SLOW_MILLISECONDS,
            says=f"One {operation} in twenty takes over {SLOW_MILLISECONDS} ms, retries included, in three of five "
            "times five minutes. First: see whether it is throttled or unanswered too, and from which function (saved "
            "query calls).",
            environment=self._environment,
            periods=5,
            of_them=3,
            # Of ten calls one is the p95: a process's first, with its handshake, would ring wherever little goes on. So
            # CloudWatch looks only where there are 10 / (1 - 0.95) = 200 of them; with p99 that would be 1,000.
            # Not by metric math over the number of calls: it costs twice, and the emulator has no such alarms.
            ignore_few=True,
        )

    def _counts(self) -> None:
        for trouble, (metric, above, says) in COUNTS.items():
            alarm(
                self,
                about="store" if trouble in STORE else "calls",
                trouble=trouble,
                metric=self._metrics.own(metric, "Sum", period=FIVE_MINUTES),
                above=above,
                says=says,
                environment=self._environment,
            )
