"""What is tried, one after the other. Each scenario adds what was not as it must be; the judge sees the rest."""

import shutil
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from local.deployment import BATCHES_TABLE, WORKER
from local.server import wait_until
from tests.trial import evidence, judge
from tests.trial.domain.take import REFUSED
from tests.trial.duplicates import Duplicates, tasks
from tests.trial.plan import Batch
from tests.trial.trial import Trial
from tests.trial.world import ITEM_CONCURRENCY, QUEUE_WORKER, Ended, World

DOMAIN = Path(__file__).with_name("domain")
PATIENCE_SECONDS = 2400.0
POISON = "killed its worker"
DEADLINE_MINUTES = 1.0
LATE_SECONDS = 25.0  # before the deadline: when workers are sent that hang beyond it
LEASE_SECONDS = 6.0  # a little more than the local environment's lease
DEPLOY_SECONDS = 150.0  # a slow batch lasts about so long, that a deployment falls into it
CONCURRENCY = 4


def poisoned_map(trial: Trial) -> None:
    """The largest batch, by map."""
    _poisoned(trial, trial.plan.poisoned("map", trial.plan.items))


def poisoned_queue(trial: Trial) -> None:
    """A fifth of it, by queue."""
    _poisoned(trial, trial.plan.poisoned("queue", trial.plan.items // 5))


def _poisoned(trial: Trial, batch: Batch) -> None:
    """One item raises, one kills its process; started twice, workers killed, chunks sent again and again."""
    world, failed = trial.world, batch.doing("raise") + batch.doing("kill")
    given = world.upload(batch)
    _kill(trial, batch.name, batch.chunks)
    duplicates = Duplicates(world, batch, trial.plan.dice(f"duplicates/{batch.name}"))
    with trial.timed(batch.name), duplicates.meanwhile():
        running = [world.start(given), world.start(given)]
        first, second = (world.wait(arn, PATIENCE_SECONDS) for arn in running)
    trial.duplicates[batch.name] = duplicates.sent + batch.chunks
    totals = {"ok": batch.items - len(failed), "failed": len(failed), "abandoned": 0, "status": "partial"}
    trial.ended(batch, first, **totals)
    trial.demand(batch, "the output of the second start", second.output, first.output)
    case = trial.case()
    trial.effects(batch, case, batch.items - len(failed))
    _named(trial, batch, case)


def _named(trial: Trial, batch: Batch, case: judge.Case) -> None:
    """The records name both items, each with its reason."""
    (generation,) = case.batches[batch.name]
    errors = {id: error for failures in generation.failures.values() for id, error in failures}
    for id in batch.doing("raise"):
        trial.demand(batch, f"the error of {id}", errors.pop(id, ""), f"ValueError: {REFUSED}")
    for id in batch.doing("kill"):
        error = errors.pop(id, "")
        trial.notes[batch.name] = f"{id}: {error}"
        if POISON not in error:
            trial.problems.append(f"{batch.name}: {id} kills its process, and is said to have failed of {error!r}")
    trial.demand(batch, "other failed items", errors, {})


def stopped(trial: Trial) -> None:
    """Forced with half the workers stopped, late ones still running; then redriven while they are."""
    world, batch = trial.world, trial.plan.stopped(max(trial.plan.items // 10, 20))
    stops = len(batch.doing("stop"))
    given = world.upload(batch) | {"deadline_minutes": DEADLINE_MINUTES, "concurrency": 8}
    with trial.timed(batch.name):
        world.tell(stopped="die")
        began, running = time.monotonic(), world.start(given)
        wait_until(lambda: time.monotonic() - began > 60 * DEADLINE_MINUTES - LATE_SECONDS, 60, every=0.2)
        world.tell(stopped="hang")
        for _ in range(2):  # some are turned away by the lease of the dead, at first
            _send_stopped(world, batch)
            time.sleep(LEASE_SECONDS)
        wait_until(lambda: world.entered(running, "Report"), PATIENCE_SECONDS, every=0.2)
        world.tell(stopped="")  # the late workers go on, and race the redrive
        forced = world.wait(running, PATIENCE_SECONDS)
        again = world.start({"redrive": batch.name, "deadline_minutes": 60, "concurrency": CONCURRENCY})
        _partial(trial, batch, forced, stops)
        redriven = world.wait(again, PATIENCE_SECONDS)
    left = batch.items - int(forced.output["ok"])
    trial.ended(batch, redriven, status="complete", items=left, ok=left, batch_ok=batch.items, batch_items=batch.items)
    lost = world.logged(f'"batch":"{batch.name}"', '"attempt":"lost"')
    trial.notes[batch.name] = f"{lost} late workers lost to the force"
    if not lost:
        trial.problems.append(f"{batch.name}: no late worker lost to the force: nothing is shown by it")
    case = trial.case()
    trial.effects(batch, case, batch.items)


def _send_stopped(world: World, batch: Batch) -> None:
    for task in tasks(world, batch.name, 0):
        if task["chunk"]["i"] % 2:
            world.send(task, "map")


def _partial(trial: Trial, batch: Batch, forced: Ended, stops: int) -> None:
    """Partial, and exact, while late workers and the redrive are at it."""
    output = forced.output
    trial.ended(batch, forced, status="partial", items=batch.items)
    if not 0 < int(output["ok"]) <= batch.items - stops:
        trial.problems.append(f"{batch.name}: {output['ok']} are ok, {batch.items - stops} items did not stop")
    trial.demand(batch, "the sum", sum(int(output[what]) for what in ("ok", "failed", "abandoned")), batch.items)
    if not output["abandoned"]:
        trial.problems.append(f"{batch.name}: nothing was abandoned: nothing is shown by it")
    case = trial.judged("forced", judge.MEANWHILE)
    if case.effects[batch.name].total() < int(output["ok"]):
        trial.problems.append(f"{batch.name}: {output['ok']} are ok, with {case.effects[batch.name].total()} effects")


def raced(trial: Trial) -> None:
    """Several at once: cancelled and redriven, a deployment in mid-batch, one by queue; workers killed."""
    plan, world = trial.plan, trial.world
    size = max(plan.items // 10, 20)
    cancelled = {way: plan.slow(f"cancelled-{way}", size, way) for way in ("map", "queue")}
    deployed, beside = plan.slow("deployed", 2 * size), plan.plain("beside", size, "queue")
    batches = [*cancelled.values(), deployed, beside]
    pace = f"{_pace(deployed):.2f}"
    world.tell(cancelled_map=pace, cancelled_queue=pace, deployed=pace)
    _kill(trial, "raced", sum(batch.chunks for batch in batches))
    with ThreadPoolExecutor(4) as pool:
        given = {batch.name: world.upload(batch) for batch in batches}
        running = {name: world.start(it) for name, it in given.items()}
        others = [pool.submit(_cancel, trial, batch, running[batch.name]) for batch in cancelled.values()]
        others += [pool.submit(_completed, trial, batch, running[batch.name]) for batch in (deployed, beside)]
        _deploy(trial, deployed, running[deployed.name])
        for other in others:
            other.result()
    case = trial.case()
    for batch in batches:
        trial.effects(batch, case, batch.items)
    releases = case.releases[deployed.name]
    trial.notes[deployed.name] = f"effects by release of the code: {dict(sorted(releases.items()))}"
    trial.demand(deployed, "releases at work", sorted(releases), [1, 2])


def _completed(trial: Trial, batch: Batch, running: str) -> None:
    """Every item is ok."""
    with trial.timed(batch.name):
        ended = trial.world.wait(running, PATIENCE_SECONDS)
    trial.ended(batch, ended, status="complete", ok=batch.items, failed=0, abandoned=0)


def _cancel(trial: Trial, batch: Batch, running: str) -> None:
    """Cancel as soon as some chunks are done; then redrive."""
    world = trial.world
    with trial.timed(batch.name):
        wait_until(lambda: len(_recorded(world, batch)) > 1, 300, every=1)
        cancelling = world.run({"cancel": batch.name}, PATIENCE_SECONDS)
        ended = world.wait(running, PATIENCE_SECONDS)
        world.tell(**{batch.name.replace("-", "_"): ""})
        trial.ended(batch, ended, status="cancelled", items=batch.items)
        trial.demand(batch, "the output of who cancelled", cancelling.output, ended.output)
        again = world.run({"redrive": batch.name, "deadline_minutes": 60}, PATIENCE_SECONDS)
        trial.ended(batch, again, status="complete", batch_ok=batch.items, batch_items=batch.items, abandoned=0)
    trial.notes[batch.name] = f"cancelled with {ended.output.get('abandoned')} abandoned"


def _recorded(world: World, batch: Batch) -> list[Mapping[str, Any]]:
    rows = evidence.scan(world.deployment, BATCHES_TABLE)
    return [row for row in rows if row["pk"].split("#")[1] == batch.name and row["sk"].startswith("g0#chunk#")]


def _deploy(trial: Trial, batch: Batch, running: str) -> None:
    """Deploy the second release while a batch runs; then let it run faster."""
    second = trial.folder / "second"
    shutil.copytree(DOMAIN, second, ignore=shutil.ignore_patterns("__pycache__"))
    release = second / "release.py"
    release.write_text(release.read_text().replace("RELEASE = 1", "RELEASE = 2"))
    wait_until(lambda: len(_recorded(trial.world, batch)) > 1, 300, every=1)
    trial.world.deploy(second)
    still = trial.world.deployment.machines.describe_execution(executionArn=running)["status"]
    trial.demand(batch, "the execution after the deployment", still, "RUNNING")
    trial.world.tell(deployed="0")


def _pace(batch: Batch) -> float:
    """Seconds that each item is to wait, so that a deployment falls into the batch."""
    a_chunk_in_40_seconds = 40 * ITEM_CONCURRENCY / batch.chunk_size
    return min(DEPLOY_SECONDS * ITEM_CONCURRENCY * CONCURRENCY / batch.items, a_chunk_in_40_seconds)


def _kill(trial: Trial, what: str, invocations: int) -> None:
    for function in (WORKER, QUEUE_WORKER):
        trial.world.emulator.kill_workers(function, at=trial.plan.deaths(f"{what}/{function}", invocations))


SCENARIOS: Mapping[str, Callable[[Trial], None]] = {
    "map": poisoned_map,
    "queue": poisoned_queue,
    "stopped": stopped,
    "raced": raced,
}
