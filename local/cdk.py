"""The real CDK CLI against a local AWS: bootstrap, synthesize, deploy.

Nothing is shown unless it fails; everything goes to the run's folder.
"""

import contextlib
import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from local.emulator.process import ACCOUNT, REGION, Emulator, without_aws
from local.paths import ROOT, RUNS

CLI = ROOT / "node_modules" / ".bin" / "cdk"
ASSEMBLY = RUNS / "cdk.out"
STACKS = "Local/*"


class CdkError(RuntimeError):
    """The CDK CLI failed. The message has its last lines and names its log."""


def bootstrap(emulator: Emulator) -> None:
    """Prepare the emulator for deployments. Raises CdkError."""
    # not in the checkout: with an app at hand the CLI would synthesize it first
    _run(emulator, "bootstrap", f"aws://{ACCOUNT}/{REGION}", folder=emulator.folder)


def synth(
    emulator: Emulator,
    *,
    context: Mapping[str, str] | None = None,
    program: str | None = None,
    assembly: Path = ASSEMBLY,
) -> None:
    """Synthesize the local environment into ASSEMBLY, where assets of earlier runs are found. Raises CdkError.

    `program`: a command in the place of the app's own, such as one that changes a field of an environment.
    """
    chosen = {"env": "local", **(context or {})}
    flags = [word for name, value in chosen.items() for word in ("-c", f"{name}={value}")]
    app = ("--app", program) if program else ()
    _run(emulator, "synth", "--quiet", "--output", str(assembly), *app, *flags)


def deploy(emulator: Emulator, *stacks: str, assembly: Path = ASSEMBLY) -> None:
    """Deploy what was synthesized last. Raises CdkError."""
    _run(emulator, "deploy", *(stacks or (STACKS,)), "--app", str(assembly), "--require-approval", "never")


@contextlib.contextmanager
def assembly_lock() -> Iterator[None]:
    """Hold ASSEMBLY: one run at a time may synthesize into it or deploy from it."""
    ASSEMBLY.parent.mkdir(parents=True, exist_ok=True)
    with ASSEMBLY.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def cli_environment(emulator: Emulator) -> dict[str, str]:
    """Return the CLI's environment: ours without AWS's variables, and with the emulator's."""
    ours = {name: value for name, value in without_aws(os.environ).items() if not name.startswith("PYTHON")}
    return {
        **ours,
        **emulator.environment(),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        "CDK_HOME": str(RUNS / "cdk-home"),
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
        "JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION": "1",
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1",
        "NO_COLOR": "1",
    }


def _run(emulator: Emulator, command: str, *arguments: str, folder: Path = ROOT) -> None:
    if not CLI.exists():
        raise CdkError(f"the CDK CLI is missing ({CLI}): run `make setup`")
    log = emulator.folder / f"cdk-{command}.log"
    with log.open("ab") as output:
        status = _wait([str(CLI), command, *arguments, "--no-notices"], folder, cli_environment(emulator), output)
    if status:
        last = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise CdkError(f"{last}\ncdk {command} failed; all it said is in {log}")


def _wait(command: Sequence[str], folder: Path, environment: Mapping[str, str], output: IO[bytes]) -> int:
    """Run to the end; if we are interrupted, end the CLI first."""
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
    )
    try:
        return process.wait()
    except BaseException:
        process.terminate()
        process.wait()
        raise
