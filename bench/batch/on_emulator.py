"""All that needs the app deployed: the trials, one after the other, on one emulator."""

from collections.abc import Callable, Sequence

from bench.batch.run import Run, run
from bench.batch.trials import Trial
from local.deployment import Deployment
from local.emulator.process import Emulator, new_run_folder

DOMAIN = "bench/batch/domain"


def measure(trials: Sequence[Trial], told: Callable[[Run], None]) -> list[Run]:
    """Deploy, run each, tell of each. Raises `BatchFailedError`."""
    with Emulator(folder=new_run_folder("batch")) as emulator:
        deployment = Deployment.make(emulator, domain=DOMAIN)
        runs = []
        for trial in trials:
            runs.append(run(deployment, trial))
            told(runs[-1])
        return runs
