"""The functions of an environment, as they are: what watches them asks their stacks, and forgets none."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aws_cdk import Stack, Token
from aws_cdk import aws_lambda as lambda_

from stacks.environment import Environment
from stacks.names import Names


@dataclass(frozen=True)
class Watched:
    """A function.

    Parameters
    ----------
    name : str
        Within the environment.
    memory_mb, timeout_seconds : int
        As configured.
    """

    name: str
    memory_mb: int
    timeout_seconds: int

    @property
    def is_consumer(self) -> bool:
        """A projection's or an effect's."""
        return self.name.startswith(("project-", "effect-"))

    @property
    def is_sweep(self) -> bool:
        """The sweep of a projection or an effect."""
        return self.name.startswith("sweep-")


def watched(stacks: Iterable[Stack], environment: Environment) -> tuple[Watched, ...]:
    """All functions in those stacks that bear a name of the environment's."""
    return tuple(sorted(_found(stacks, environment), key=lambda one: one.name))


def _found(stacks: Iterable[Stack], environment: Environment) -> Iterator[Watched]:
    prefix = Names(environment.name).function("")
    for stack in stacks:
        for construct in stack.node.find_all():
            if not isinstance(construct, lambda_.CfnFunction):
                continue
            name = construct.function_name
            if name and not Token.is_unresolved(name) and name.startswith(prefix):
                # What is not said is Lambda's own: 128 MB, 3 s.
                memory, timeout = construct.memory_size or 128, construct.timeout or 3
                yield Watched(name.removeprefix(prefix), int(memory), int(timeout))
