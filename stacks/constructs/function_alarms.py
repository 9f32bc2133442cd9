"""Alarms about a function, whichever it is."""

from constructs import Construct

from stacks.constructs.alarm import alarm
from stacks.constructs.metrics import FIVE_MINUTES, Metrics
from stacks.constructs.watched import Watched
from stacks.environment import Environment

MEMORY_PERCENT = 85
# Their errors are the state machine's to judge: the gatekeeper waits by raising, the plan refuses bad input so.
RAISES_BY_DESIGN = ("gatekeeper", "plan")


class FunctionAlarms(Construct):
    """Errors, throttles, a duration that reached the timeout, and memory that is nearly used up."""

    def __init__(self, scope: Construct, *, function: Watched, environment: Environment) -> None:
        super().__init__(scope, f"Function-{function.name}")
        self._function, self._environment, self._metrics = function, environment, Metrics(self, environment)
        if function.name not in RAISES_BY_DESIGN and not function.is_sweep:  # a sweep's have an alarm of their own
            self._errors()
        self._throttles()
        self._timeouts()
        self._memory()

    def _errors(self) -> None:
        self._alarm(
            "errors",
            "Errors",
            "Sum",
            above=0,
            says="fails, in three of five times five minutes. First: read the error in its log (saved query errors).",
        )

    def _throttles(self) -> None:
        self._alarm(
            "throttles",
            "Throttles",
            "Sum",
            above=0,
            says="is not started for want of concurrency, in three of five times five minutes. First: compare the "
            "account's concurrency with its limit, and what is reserved for the function.",
        )

    def _timeouts(self) -> None:
        seconds = self._function.timeout_seconds
        self._alarm(
            "timeouts",
            "Duration",
            "Maximum",
            above=(seconds - 1) * 1000,
            periods=1,
            of_them=1,
            says=f"ran into its timeout of {seconds} s, or within a second of it: a time limit in code failed. First: "
            "look in its log for `Task timed out`, and which call was the last.",
        )

    def _memory(self) -> None:
        function = self._function
        alarm(
            self,
            about=function.name,
            trouble="memory",
            metric=self._metrics.reported(function.name, "MemoryUsedMB", "Maximum", period=FIVE_MINUTES),
            above=function.memory_mb * MEMORY_PERCENT / 100,
            says=f"{function.name} used more than {MEMORY_PERCENT} % of its {function.memory_mb} MB. First: make "
            f"memory ENV={self._environment.name}.",
            environment=self._environment,
        )

    def _alarm(
        self, trouble: str, metric: str, statistic: str, *, above: float, says: str, periods: int = 5, of_them: int = 3
    ) -> None:
        alarm(
            self,
            about=self._function.name,
            trouble=trouble,
            metric=self._metrics.function(self._function.name, metric, statistic, period=FIVE_MINUTES),
            above=above,
            says=f"{self._function.name} {says}",
            environment=self._environment,
            periods=periods,
            of_them=of_them,
        )
