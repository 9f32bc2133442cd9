"""The example's CDK app.

`-c env=dev` says for which environment, `-c looks=4 -c pause_seconds=20` how often a queue must be seen empty.
"""

import sys

from aws_cdk import App

from examples.gatekeeper.stack import GatekeeperExample
from stacks.environment import BadEnvironment
from stacks.environments import chosen

LOOKS, PAUSE_SECONDS = 4, 20  # AWS lets a minute pass before it vouches for a queue's counts
MAX_PAUSES_SECONDS = 840


class BadContext(ValueError):
    """A value given with `-c` can't be used; the message names it."""


def build(app: App) -> GatekeeperExample:
    """Make the stack that the app's context asks for. Raises `BadContext` and `BadEnvironment`."""
    (environment,) = chosen(app.node.try_get_context("env") or "dev")
    looks = _whole(app, "looks", LOOKS, low=1)
    pause = _whole(app, "pause_seconds", PAUSE_SECONDS, low=1)
    if (looks - 1) * pause > MAX_PAUSES_SECONDS:
        raise BadContext(f"{looks} looks, {pause} s apart, take more than {MAX_PAUSES_SECONDS} s: lower one of them")
    return GatekeeperExample(app, environment=environment, looks=looks, pause_seconds=pause)


def main() -> None:
    """Synthesize."""
    app = App()
    build(app)
    app.synth()


def _whole(app: App, name: str, default: int, *, low: int) -> int:
    context = app.node.try_get_context(name)
    given = str(default if context is None else context)
    if not given.isdecimal() or int(given) < low:
        raise BadContext(f"{name} is {given!r}, expected a whole number from {low}: -c {name}={default}")
    return int(given)


if __name__ == "__main__":
    try:
        main()
    except (BadContext, BadEnvironment) as error:
        sys.exit(f"{error}")
