"""The gatekeeper loop: wait until a check passes, and at the end of patience force it, fail, or go elsewhere."""

import re
from typing import cast

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from stacks.constructs.transient import retry_transient

NOT_READY = "NotReadyError"
DEADLINE_PASSED = "DeadlinePassed"
FORCE_INCOMPLETE = "ForceIncomplete"
# Of a machine's history, 25,000 events, each poll takes 3 (scheduled, started, failed); others need some too.
MAX_ATTEMPTS = 5000
MAX_WAIT_SECONDS = 86_400
INTERVAL = Duration.seconds(2)
BACKOFF = 1.5
LONGEST = Duration.seconds(30)
RESULT_PATH = "$.gatekeeper"
_PREFIX = re.compile(r"\w(?:[\w .,()-]{0,48}\w)?")
_PATH = re.compile(r"\$(?:\.[A-Za-z_][A-Za-z0-9_]*)+")


class BadLoop(ValueError):
    """A property of a gatekeeper loop can't be used; the message names it and says what is expected."""


class GatekeeperLoop(Construct):
    """States `Gatekeeper` and, unless it must not be forced, `ForceGatekeeper`.

    The check is a function that returns when what follows may begin. Until then it raises `NotReadyError`, which is
    retried after 2 s, 3 s … 30 s (each with full jitter). With `DeadlinePassed`, or when all tries are used up, it is
    called again with `"force": true` and must then make it so: it may not raise either of the two any more. Any other
    error fails the execution, which can be redriven: a missing permission must not be taken for patience.

    Parameters
    ----------
    check : IFunction
        Gets the machine's state, an object.
    attempts : int
        Polls after the first before patience ends, 1 to 5,000.
    exhausted : IChainable, optional
        Where to go instead of ForceGatekeeper when all tries are used up. The last error stands under `$.not_ready`.
        `DeadlinePassed` is forced all the same.
    force : bool
        False: there is no ForceGatekeeper. An execution fails with the error that ended its patience, `NotReadyError`
        (unless there is `exhausted`) or `DeadlinePassed`.
    prefix : str, optional
        Stands before the states' names, with a space, so that a machine can have several loops. Such a loop has one
        state more, `<prefix> Start`, which takes back what an earlier loop was forced by.
    interval : Duration
        Before the second poll, whole seconds.
    backoff : float
        By which each wait is longer than the one before, at least 1.
    longest : Duration
        No wait is longer; more than `interval`, at most a day.
    result_path : str
        Where in the machine's state the check's result goes.

    Attributes
    ----------
    start : State
        Where to enter: `gatekeeper`, or `<prefix> Start`.
    gatekeeper : LambdaInvoke
        Continue with `gatekeeper.next(…)`.
    force : Pass or None
        ForceGatekeeper: enter here to force the check at once, without a poll.

    Raises
    ------
    BadLoop
        A property can't be used.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        check: lambda_.IFunction,
        attempts: int,
        exhausted: sfn.IChainable | None = None,
        force: bool = True,
        prefix: str | None = None,
        interval: Duration = INTERVAL,
        backoff: float = BACKOFF,
        longest: Duration = LONGEST,
        result_path: str = RESULT_PATH,
    ) -> None:
        super().__init__(scope, id)
        self._demand_counts(attempts, backoff)
        self._demand_waits(interval, longest)
        self._demand_names(prefix, result_path)
        self._prefix = f"{prefix} " if prefix else ""
        self.gatekeeper = self._gatekeeper(check, result_path)
        self.gatekeeper.add_retry(
            errors=[NOT_READY],
            interval=interval,
            backoff_rate=backoff,
            max_delay=longest,
            jitter_strategy=sfn.JitterType.FULL,
            max_attempts=attempts,
        )
        self.force = self._force() if force else None
        retry_transient(self.gatekeeper)
        self._patience_ends(exhausted)
        self.start: sfn.State = self._start() if prefix else self.gatekeeper

    def _gatekeeper(self, check: lambda_.IFunction, result_path: str) -> tasks.LambdaInvoke:
        return tasks.LambdaInvoke(
            self,
            "Gatekeeper",
            state_name=f"{self._prefix}Gatekeeper",
            comment="Passes when what follows may begin; waits while it raises NotReadyError.",
            lambda_function=check,
            payload_response_only=True,
            result_path=result_path,
            retry_on_service_exceptions=False,
        )

    def _force(self) -> sfn.Pass:
        force = sfn.Pass(
            self,
            "ForceGatekeeper",
            state_name=f"{self._prefix}ForceGatekeeper",
            comment="What is still missing is given up.",
            result=sfn.Result.from_boolean(value=True),
            result_path="$.force",
        )
        force.next(self.gatekeeper)
        self.gatekeeper.add_retry(
            errors=[FORCE_INCOMPLETE],
            interval=Duration.seconds(1),
            backoff_rate=1.5,
            max_delay=Duration.seconds(10),
            max_attempts=1000,
        )
        return force

    def _patience_ends(self, exhausted: sfn.IChainable | None) -> None:
        forced = [DEADLINE_PASSED] if exhausted else [NOT_READY, DEADLINE_PASSED]
        if exhausted:
            self.gatekeeper.add_catch(exhausted, errors=[NOT_READY], result_path="$.not_ready")
        if self.force:
            self.gatekeeper.add_catch(self.force, errors=forced, result_path="$.not_ready")

    def _start(self) -> sfn.State:
        start = sfn.Pass(
            self,
            "Start",
            state_name=f"{self._prefix}Start",
            comment="An earlier loop's force is not this one's.",
            result=sfn.Result.from_boolean(value=False),
            result_path="$.force",
        )
        start.next(self.gatekeeper)
        return start

    def _demand_counts(self, attempts: object, backoff: float) -> None:
        whole = isinstance(attempts, int) and not isinstance(attempts, bool)
        fits = whole and 1 <= cast(int, attempts) <= MAX_ATTEMPTS
        self._demand("attempts", attempts, fits, f"a whole number from 1 to {MAX_ATTEMPTS:,}")
        self._demand("backoff", backoff, 1 <= backoff <= 100, "1 (all waits alike) to 100")

    def _demand_waits(self, interval: Duration, longest: Duration) -> None:
        first, most = (duration.to_milliseconds() / 1000 for duration in (interval, longest))
        self._demand("interval", f"{first:g} s", first >= 1 and first == int(first), "whole seconds, 1 at least")
        fits = most == int(most) and first < most <= MAX_WAIT_SECONDS
        self._demand("longest", f"{most:g} s", fits, f"whole seconds, more than interval ({first:g}), at most a day")

    def _demand_names(self, prefix: str | None, result_path: str) -> None:
        named = prefix is None or _PREFIX.fullmatch(prefix)
        self._demand(
            "prefix", prefix, named, "up to 50 letters, digits, spaces and .,()- that begin and end with a letter"
        )
        taken = result_path.startswith(("$.force", "$.not_ready"))
        fits = _PATH.fullmatch(result_path) and not taken
        self._demand(
            "result_path", result_path, fits, "a path such as $.gatekeeper, other than $.force and $.not_ready"
        )

    def _demand(self, name: str, value: object, fits: object, expected: str) -> None:
        if not fits:
            raise BadLoop(f"the gatekeeper loop {self.node.path}: {name} is {value!r}, expected {expected}")
