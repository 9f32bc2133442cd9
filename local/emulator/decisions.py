"""What the emulator's authorizer was asked, and how it decided: which permission of which role is used at all.

Only under `AUTH=true`, and only of principals that have policies: the account itself may do everything, unasked.
"""

import threading
from collections import Counter
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from local.emulator.patching import module, wrap

Asked = Callable[..., Any]
_asking: ContextVar[list[str] | None] = ContextVar("asking", default=None)


class Decisions:
    """Counts decisions since the start."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: Counter[tuple[str, str, str, bool]] = Counter()

    def install(self) -> None:
        """Listen to the authorizer: `enforce` knows the outcome, `evaluate`, which it calls, the principal."""
        authorizer = module("core.iam_evaluator")
        wrap(authorizer, "evaluate", noting_principal)
        wrap(authorizer, "enforce", self._listening)

    def seen(self) -> list[dict[str, Any]]:
        """Return each question once: `role`, `action`, `resource`, whether it was `allowed`, and its `count`."""
        with self._lock:
            found = sorted(self._seen.items())
        names = ("role", "action", "resource", "allowed")
        return [{**dict(zip(names, question, strict=True)), "count": count} for question, count in found]

    def _listening(self, enforce: Asked) -> Asked:
        def listen(
            access_key_id: str,
            iam_action: str,
            service: str,
            region: str,
            resource_arn: str = "*",
            **more: Any,  # noqa: ANN401  # the emulator's types
        ) -> Any:  # noqa: ANN401
            principals: list[str] = []
            token = _asking.set(principals)
            try:
                denied = enforce(access_key_id, iam_action, service, region, resource_arn=resource_arn, **more)
            finally:
                _asking.reset(token)
            if principals:
                with self._lock:
                    self._seen[role_of(principals[0]), iam_action, resource_arn, denied is None] += 1
            return denied

        return listen


def enforce(*, on: bool) -> None:
    """Turn `AUTH` on or off, as if the emulator had been started so.

    Templates are deployed without (the CDK's own roles are not enforced here), and then used with it. What a worker may
    do is decided when it starts: those that there are end.
    """
    vars(module("app"))["AUTH"] = on
    module("core.lambda_runtime").reset()


def noting_principal(evaluate: Asked) -> Asked:
    """Return the emulator's `evaluate`, which tells who asks to `enforce` above it."""

    def note(ctx: Any, *policies: Any, **more: Any) -> Any:  # noqa: ANN401  # the emulator's types
        if (principals := _asking.get()) is not None:
            principals.append(str(ctx.principal_arn))
        return evaluate(ctx, *policies, **more)

    return note


def role_of(principal: str) -> str:
    """Return a principal's short name: of `…:assumed-role/Name/session` the role's."""
    parts = principal.rpartition(":")[2].split("/")
    return parts[1] if len(parts) > 1 else principal
