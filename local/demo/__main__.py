"""`python -m local.demo`: see options.py for what it takes, and result.py for what it prints."""

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from local import cdk, flights, view_truth
from local.demo import batch_run, options, raw_puts, read_models, tally
from local.demo.result import Result
from local.demo.screen import Screen
from local.deployment import BUCKET, WORKER, Deployment
from local.emulator.process import Emulator, new_run_folder
from local.faults.deaths import deaths
from local.faults.wire import WireFaults
from local.pinned import DownloadError
from local.server import ServerError

CHUNK_SIZE = 500
CONCURRENCY = 2 * (os.cpu_count() or 2)
ITEM_CONCURRENCY = 5
"""Items at a time within a chunk: beyond 20 calls in flight this machine only queues them."""
EXPECTED_ERRORS = (
    cdk.CdkError,
    batch_run.BatchFailedError,
    DownloadError,
    ServerError,
    BotoCoreError,
    ClientError,
    OSError,
)


def main(arguments: Sequence[str]) -> int:
    """Run the demo. Returns the exit status: 0 only if the count is exact."""
    try:
        chosen = options.parse(arguments)
    except options.BadOptionError as error:
        print(error, file=sys.stderr)
        return 2
    screen = Screen()
    folder = new_run_folder("demo")
    try:
        result = run(chosen, screen, folder)
    except EXPECTED_ERRORS as error:
        screen.say(f"{error}\nlogs are in {folder}")
        return 1
    except KeyboardInterrupt:
        screen.say(f"stopped; logs are in {folder}")
        return 130
    return tell(result, screen, folder)


def run(chosen: options.Options, screen: Screen, folder: Path) -> Result:
    """Deploy, run the batch, read back. Everything that was started is stopped, however it ends."""
    manifest = folder / f"flights-{chosen.items}.csv"
    with Emulator(folder=folder) as emulator:
        screen.done("the emulator, a local AWS, started", screen.seconds())
        with ThreadPoolExecutor(max_workers=1) as beside:
            truth = beside.submit(prepare, manifest, chosen)
            with screen.step("cdk bootstrap, synth and deploy"):
                deployment = Deployment.make(emulator)
            with screen.step(f"{chosen.items} flight records"):
                counted, counted_views = truth.result()
                deployment.s3.upload_file(str(manifest), BUCKET, f"manifests/{manifest.name}")
        with screen.step("raw speed of the emulator"):
            raw = raw_puts.measure(deployment, processes=os.cpu_count() or 2)
        with faults(chosen, screen, deployment, folder):
            emulator.reset_meter()
            with screen.bar(chosen.items) as update:
                batch = batch_run.run(deployment, batch_input(chosen, manifest), update)
            screen.done(f"the batch: chunks of {CHUNK_SIZE}, {CONCURRENCY} at a time", batch.seconds)
            with screen.step("the views waited for, read back and compared with the file"):
                views = read_models.read_back(deployment, counted_views)
            meter = emulator.meter()
        with screen.step("the events read back and compared with the file"):
            read = tally.read_back(deployment)
        history = batch_run.transitions(deployment, batch.execution)
    return Result(
        batch=batch,
        history=history,
        tally=read,
        truth=counted,
        views=views,
        view_truth=counted_views,
        meter=meter,
        raw_puts=raw,
    )


def prepare(manifest: Path, chosen: options.Options) -> tuple[flights.Truth, view_truth.Views]:
    """Write the manifest, count it, and count what the views must come to."""
    flights.write_manifest(manifest, chosen.items)
    return flights.truth(manifest, hot=chosen.hot), view_truth.true_views(manifest, hot=chosen.hot)


def batch_input(chosen: options.Options, manifest: Path) -> dict[str, object]:
    """Return the execution's input, as one would type it in the console."""
    return {
        "manifest": f"s3://{BUCKET}/manifests/{manifest.name}",
        "chunk_size": CHUNK_SIZE,
        "concurrency": CONCURRENCY,
        "item_concurrency": ITEM_CONCURRENCY,
        **({"worker": "carrier_logbook"} if chosen.hot else {}),
    }


@contextlib.contextmanager
def faults(chosen: options.Options, screen: Screen, deployment: Deployment, folder: Path) -> Iterator[None]:
    """Put the fault proxy before DynamoDB and let workers die, if that was asked for; tell in the end what struck."""
    if not chosen.faults:
        yield
        return
    emulator = deployment.emulator
    screen.say(f"faults with SEED={chosen.seed}: writes answered 500, answers lost, workers killed")
    with WireFaults(upstream=emulator.endpoint, seed=chosen.seed, log=folder / "faults.log") as wire:
        emulator.set_worker_environment(AWS_ENDPOINT_URL_DYNAMODB=wire.endpoint)
        emulator.kill_workers(WORKER, at=deaths(seed=chosen.seed, chunks=-(-chosen.items // CHUNK_SIZE)))
        yield
        struck = wire.fired()
    killed = emulator.meter()["functions"].get(WORKER, {}).get("kills", 0)
    told = [f"{count} {what}" for what, count in struck.items()] + [f"{killed} workers killed in mid-chunk"]
    screen.say(f"faults that struck: {', '.join(told)}")


def tell(result: Result, screen: Screen, folder: Path) -> int:
    """Print the sentences and the last line. Returns the exit status."""
    for sentence in (*result.views.sentences(), *result.sentences()):
        screen.say(sentence)
    differences = result.differences() + result.view_differences()
    for difference in differences:
        screen.say(f"NOT EXACT: {difference}")
    verdict = f"NOT exact; logs are in {folder}" if differences else "exact: the table, the views and the file agree"
    screen.say(f"{verdict}; {screen.seconds():.0f} s in all, {result.batch.seconds:.1f} s of it the batch")
    print(result.line(), flush=True)
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
