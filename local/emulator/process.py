"""Starts, asks and stops an emulator of our own.

    with Emulator() as emulator:
        boto3.client("s3", **emulator.client_settings())
        subprocess.run(["cdk", "deploy"], env={**os.environ, **emulator.environment()})

Each lives on a free port of 127.0.0.1, with a run folder of its own under `.local/` that holds its logs.
"""

import itertools
import json
import os
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from local.paths import CACHE, ROOT, RUNS
from local.server import Server, ServerError

PYTHON = ROOT / ".venv-emulator" / "bin" / "python"
LAUNCHER = Path(__file__).with_name("launcher.py")
ACCOUNT = "000000000000"
REGION = "us-east-1"
KEPT = 20
_number = itertools.count(1)


def new_run_folder(name: str = "run") -> Path:
    """Make a folder for the logs of one run, and remove those of long ago."""
    tidy()
    stamp = time.strftime("%Y%m%d-%H%M%S")
    folder = RUNS / f"{name}-{stamp}-{os.getpid()}-{next(_number)}"
    folder.mkdir(parents=True)
    return folder


def tidy() -> None:
    """Remove the folders of runs beyond the last KEPT, unless they are of today."""
    runs = sorted(RUNS.glob("*-*-*-*-*/"), key=lambda run: run.stat().st_mtime, reverse=True)
    for run in runs[KEPT:]:
        if time.time() - run.stat().st_mtime > 86_400:
            shutil.rmtree(run, ignore_errors=True)


def client_environment(endpoint: str) -> dict[str, str]:
    """Return the variables that make an SDK or the CDK CLI talk to `endpoint`, and to nothing else.

    Made-up credentials, no profile, no configuration of the user's, no metadata service: with these in place a
    process can't reach AWS by accident.
    """
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_SESSION_TOKEN": "",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "CDK_DISABLE_VERSION_CHECK": "1",
        "CDK_DEFAULT_ACCOUNT": ACCOUNT,
        "CDK_DEFAULT_REGION": REGION,
    }


def without_aws(environment: Mapping[str, str]) -> dict[str, str]:
    """Return `environment` without any variable of AWS: those of `client_environment` must be the only ones."""
    return {name: value for name, value in environment.items() if not name.startswith("AWS_")}


class Emulator(Server):
    """One emulator: empty at its start, gone at its end.

    `unmended` leaves mends out, for the tests of the mends; `settings` are further variables of ministack's own,
    such as `AUTH` or `SFN_WAIT_SCALE`.
    """

    name = "the emulator"

    def __init__(
        self, *, folder: Path | None = None, unmended: Sequence[str] = (), settings: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder or new_run_folder()
        super().__init__(log=self.folder / "emulator.log")
        self.handler_log = self.folder / "handlers.log"
        self.unmended = unmended
        self._settings = dict(settings or {})
        self._scratch = self.folder / "tmp"

    def stop(self) -> None:
        """End the emulator and its workers; keep the logs only."""
        super().stop()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def command(self) -> Sequence[str]:
        """Return the launcher's command line. Raises ServerError without the emulator's virtual environment."""
        python = Path(os.environ.get("TALLYGATE_EMULATOR_PYTHON", PYTHON))
        if not python.exists():
            raise ServerError(f"the emulator's virtual environment is missing ({python}): run `make setup`")
        return (str(python), str(LAUNCHER))

    def process_environment(self) -> dict[str, str]:
        """Return the emulator's whole environment; its Lambda workers inherit it."""
        self._scratch.mkdir(exist_ok=True)
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self._scratch),
            "TMPDIR": str(self._scratch),
            "LANG": "C.UTF-8",
            "GATEWAY_PORT": str(self.port),
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_HOST": "127.0.0.1",
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "AWS_EC2_METADATA_DISABLED": "true",
            "TALLYGATE_HANDLER_LOG": str(self.handler_log),
            "TALLYGATE_LAYERS": str(CACHE / "layers"),
            "TALLYGATE_UNMENDED": " ".join(self.unmended),
            **self._settings,
        }

    def environment(self) -> dict[str, str]:
        """Return the variables for a client's process: see `client_environment`."""
        return client_environment(self.endpoint)

    def client_settings(self) -> dict[str, Any]:
        """Return the keyword arguments that make a boto3 client of ours."""
        return {
            "endpoint_url": self.endpoint,
            "region_name": REGION,
            "aws_access_key_id": ACCOUNT,
            "aws_secret_access_key": "local",
        }

    def healthy(self) -> bool:
        """Whether our own emulator answers, and not another process that took the port."""
        try:
            return "pid" in self.ask("GET", "health")
        except (OSError, ValueError):
            return False

    def ask(self, method: str, what: str, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Ask the launcher: see control.py. Raises OSError when it does not answer, ValueError when it refuses."""
        request = urllib.request.Request(  # noqa: S310  # our own http address
            f"{self.endpoint}/_tallygate/{what}", method=method, data=json.dumps(given or {}).encode()
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310
                answer: dict[str, Any] = json.load(response)
                return answer
        except urllib.error.HTTPError as error:
            raise ValueError(f"{method} {what}: {error.read().decode(errors='replace')}") from error

    def enforce_roles(self, *, enforced: bool = True) -> None:
        """Turn `AUTH` on (or off) while it runs: a function may do what its role permits, and no more."""
        self.ask("POST", "roles", {"enforced": enforced})

    def decisions(self) -> list[dict[str, Any]]:
        """Return what was asked under enforced roles: role, action, resource, decision and count of each."""
        found: list[dict[str, Any]] = self.ask("GET", "decisions")["decisions"]
        return found

    def meter(self) -> dict[str, Any]:
        """Return what was counted since the start or the last reset: see meter.counts.Meter.snapshot."""
        return self.ask("GET", "meter")

    def reset_meter(self) -> None:
        """Let the meter start from zero."""
        self.ask("POST", "meter/reset")

    def set_worker_environment(self, **variables: str | None) -> None:
        """Set variables of Lambda workers that start from now on; None removes one."""
        self.ask("POST", "environment", variables)

    def kill_workers(self, function: str, *, at: Mapping[int, float] | None = None) -> int:
        """Kill the function's workers that are in an invocation, now; or plan kills, counting invocations from now.

        `at`: invocation number (from 1) to the seconds after which its worker is killed, if it is still at it.
        Returns the number killed now.
        """
        if at is None:
            return int(self.ask("POST", "kill", {"function": function})["killed"])
        self.ask("POST", "kill", {"function": function, "at": dict(at)})
        return 0

    def disturb_deliveries(
        self, stream: str, *, seed: int = 0, twice: float = 0, shuffled: float = 0, dropped: float = 0
    ) -> None:
        """Let records that are put into a Kinesis stream from now on arrive twice, out of order or not at all.

        Each record draws at most one of the faults, with these chances from 0 to 1, together at most 1; all 0 ends
        it. What is held back comes within half a second. Raises ValueError for other chances.
        """
        chances = {"twice": twice, "shuffled": shuffled, "dropped": dropped}
        self.ask("POST", "deliveries", {"stream": stream, "seed": seed, **chances})

    def deliveries_struck(self) -> dict[str, int]:
        """Return how many records were `put` into disturbed streams since the last start of one, and the faults."""
        return {what: int(count) for what, count in self.ask("GET", "deliveries").items()}
