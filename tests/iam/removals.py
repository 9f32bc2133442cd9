"""A permission is taken away, and put back: what fails meanwhile, and that nothing is lost by it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase

from botocore.exceptions import ClientError

from local.deployment import BATCHES_TABLE, PREFIX
from local.server import wait_until
from tests.iam.grants import without
from tests.iam.scenarios import Scenarios

ACTS = "fly fly cancel fly"
DENIAL_SECONDS = 60.0


@dataclass(frozen=True)
class Removal:
    """What is taken away, and what is tried then.

    Parameters
    ----------
    action : str
    resource_part : str
        Of the ARN.
    trial : callable
        (scenarios, removal, function).
    dispatch : str
    """

    action: str
    resource_part: str
    trial: "Callable[[Scenarios, Removal, str], None]"
    dispatch: str = "map"


@contextmanager
def removed(scenarios: Scenarios, removal: Removal, function: str) -> Iterator[None]:
    """Without the permission; it is put back at the end."""
    roles = scenarios.world.roles
    role = roles.functions[function]
    before = roles.policies(role)
    roles.put(role, {name: without(one, removal.action, removal.resource_part) for name, one in before.items()})
    try:
        yield
    finally:
        roles.put(role, before)


def fails_the_execution(scenarios: Scenarios, removal: Removal, function: str) -> None:
    """The execution fails, redrivable, with nothing abandoned; redriven it is exact."""
    name, world = f"without-{function}", scenarios.world
    with removed(scenarios, removal, function):
        ended = world.run(world.strain(name, ACTS, dispatch=removal.dispatch, chunk_size=2))
        _was_denied(scenarios, removal, function)
        found = (ended.status, "AccessDenied" in ended.trouble, ended.redrivable, _abandoned(scenarios, name))
        if found != ("FAILED", True, True, 0):
            scenarios.problems.append(f"{function} without {removal.action}: {found} {ended.trouble[:300]}")
    scenarios.ended(world.redrive_execution(ended), 4)
    scenarios.ledger.strained(name, ACTS)


def waits(scenarios: Scenarios, removal: Removal, function: str) -> None:
    """The batch waits; when the permission is back, the same execution is exact."""
    name, world = f"without-{function}", scenarios.world
    with removed(scenarios, removal, function):
        running = world.start(world.strain(name, ACTS, dispatch=removal.dispatch, chunk_size=2))
        _was_denied(scenarios, removal, function)
        _still_running(scenarios, running, function)
    scenarios.ended(world.wait(running), 4)
    scenarios.ledger.strained(name, ACTS)


def helped_by_the_gatekeeper(scenarios: Scenarios, removal: Removal, function: str) -> None:
    """Nothing is dispatched: the gatekeeper sees to it, and the batch is exact all the same."""
    name, world = f"without-{function}", scenarios.world
    with removed(scenarios, removal, function):
        scenarios.ended(world.run(world.strain(name, ACTS, dispatch=removal.dispatch, chunk_size=2)), 4)
        _was_denied(scenarios, removal, function)
    scenarios.ledger.strained(name, ACTS)


def fails_the_items(scenarios: Scenarios, removal: Removal, function: str) -> None:
    """What an item does is refused: it fails, and says so; the batch's redrive works on it once more."""
    name, world = f"items-without-{function}", scenarios.world
    with removed(scenarios, removal, function):
        ended = world.run(world.strain(name, ACTS, dispatch=removal.dispatch, chunk_size=2))
        _was_denied(scenarios, removal, function)
        counts = [ended.output.get(what) for what in ("ok", "failed", "abandoned")]
        if counts != [0, 4, 0]:
            scenarios.problems.append(f"{function} without {removal.action}: {counts} {ended.trouble[:300]}")
    again = world.run({"redrive": name})
    if again.output.get("batch_ok") != 4:
        scenarios.problems.append(f"{name}, redriven: {again.output} {again.trouble[:300]}")
    scenarios.ledger.strained(name, ACTS)


def hands_back(scenarios: Scenarios, removal: Removal, function: str) -> None:
    """The consumer hands its records back, or gives them up to its sweep: when all is back, views are exact."""
    name, world = f"without-{function}", scenarios.world
    acts = ACTS + " large"  # which is in a stream of carriers too
    with removed(scenarios, removal, function):
        scenarios.ended(world.run(world.strain(name, acts, chunk_size=2)), 5)
        _was_denied(scenarios, removal, function)
    scenarios.ledger.strained(name, acts)
    world.sweep(*world.consumers())
    scenarios.exact(f"after {function} was without {removal.action}")


def fails_alone(scenarios: Scenarios, removal: Removal, function: str) -> None:
    """The sweep fails, and says why; when the permission is back, it works."""
    world = scenarios.world
    with removed(scenarios, removal, function):
        answer = world.functions.invoke(FunctionName=f"{PREFIX}-{function}", Payload=b"{}")
        told = answer["Payload"].read().decode()
        if "AccessDenied" not in told:
            scenarios.problems.append(f"{function} without {removal.action}: {told[:300]}")
        _was_denied(scenarios, removal, function)
    try:
        world.sweep(function.removeprefix("sweep-"))
    except ClientError as error:
        scenarios.problems.append(f"{function} with {removal.action} back: {error}")


def nothing(_scenarios: Scenarios, _removal: Removal, _function: str) -> None:
    """Not tried."""


# By function, as shell patterns; the first that fits. What fits none fails the run.
REMOVALS: Mapping[str, Removal] = {
    "plan": Removal("dynamodb:PutItem", "table/tallygate-local-batches", fails_the_execution),
    "work": Removal("dynamodb:PutItem", "table/tallygate-local-batches", waits),
    "work_queued": Removal("dynamodb:UpdateItem", "table/tallygate-local-batches", waits, "queue"),
    "send": Removal("sqs:SendMessage", "tallygate-local-chunks", helped_by_the_gatekeeper, "queue"),
    "gatekeeper": Removal("dynamodb:Query", "table/tallygate-local-batches", fails_the_execution),
    "report": Removal("dynamodb:PutItem", "table/tallygate-local-events", fails_the_execution),
    "relay": Removal("kinesis:PutRecords", "stream/tallygate-local-commits", hands_back),
    "project-*": Removal("dynamodb:PutItem", "table/tallygate-local-views", hands_back),
    "effect-*": Removal("events:PutEvents", "event-bus/tallygate-local-outbox", hands_back),
    "sweep-*": Removal("dynamodb:Scan", "table/tallygate-local-events", fails_alone),
    # Of deployments, which come before roles are enforced: see unexercised.py.
    "latest*layer": Removal("", "", nothing),
}


FURTHER: Mapping[str, Removal] = {
    "work": Removal("dynamodb:PutItem", "table/tallygate-local-events", fails_the_items),
    "work_queued": Removal("dynamodb:PutItem", "table/tallygate-local-events", fails_the_items, "queue"),
}


def removals_of(function: str) -> list[Removal]:
    """What is taken away from a function, one after the other."""
    first = next((one for pattern, one in REMOVALS.items() if fnmatchcase(function, pattern)), None)
    return [one for one in (first, FURTHER.get(function)) if one]


def _was_denied(scenarios: Scenarios, removal: Removal, function: str) -> None:
    if not wait_until(lambda: scenarios.world.denied(function, removal.action) > 0, DENIAL_SECONDS, every=0.3):
        scenarios.problems.append(f"{function}: nobody was refused {removal.action}: nothing is shown by it")


def _still_running(scenarios: Scenarios, running: str, function: str) -> None:
    status = scenarios.world.deployment.machines.describe_execution(executionArn=running)["status"]
    if status != "RUNNING":
        scenarios.problems.append(f"{function}: the execution is {status} while a permission is missing")


def _abandoned(scenarios: Scenarios, batch: str) -> int:
    """How many chunk records of a batch are ABANDONED."""
    pages = scenarios.world.deployment.dynamodb.get_paginator("scan").paginate(TableName=BATCHES_TABLE)
    items = (item for page in pages for item in page["Items"] if item["pk"]["S"].startswith(f"batch#{batch}#"))
    return sum(item.get("outcome", {}).get("S") == "ABANDONED" for item in items)
