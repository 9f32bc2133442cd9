"""Starts of functions, each in a process of its own, told module by module: counted, so that no clock is in it.

Run as a program it takes a list of starts as JSON on standard input, and prints what each of them did. It imports boto3
and makes a client once, as the bare runtime would; each start is a fork of that.
"""

import json
import os
import random
import subprocess
import sys
import traceback
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LAMBDA = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_LAMBDA_FUNCTION_NAME": "test",
    "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start",
    "LAMBDA_TASK_ROOT": "/var/task",
}


@dataclass(frozen=True)
class Start:
    """What a function's start did.

    Parameters
    ----------
    modules : frozenset of str
        Imported beyond what the bare runtime has.
    clients : tuple of str
        Services of which it made clients.
    copies : sequence
        What two processes, restored from its snapshot, drew at random: jitter, and an id.
    """

    modules: frozenset[str]
    clients: tuple[str, ...]
    copies: Sequence[tuple[float, str]]


def started(code: Path, handler: str, variables: Mapping[str, str]) -> dict[str, Any]:
    """The start of a function whose code is in that folder, for `starts`."""
    return {"code": str(code), "handler": handler, "variables": dict(variables)}


def starts(wanted: Sequence[Mapping[str, Any]]) -> list[Start]:
    """Run them."""
    environment = {**os.environ, **LAMBDA, "PYTHONPATH": os.pathsep.join([str(ROOT / "layers"), str(ROOT)])}
    done = subprocess.run(
        [sys.executable, "-m", "tests.infra.starts"],
        input=json.dumps(wanted),
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return [
        Start(frozenset(one["modules"]), tuple(one["clients"]), [tuple(copy) for copy in one["copies"]])
        for one in found
    ]


def main() -> None:
    """Fork a start for each that is wanted."""
    import boto3

    boto3.client("dynamodb")
    bare = set(sys.modules)
    for wanted in json.loads(sys.stdin.read()):
        print(_in_a_fork(lambda wanted=wanted: _start(wanted, bare)), flush=True)  # type: ignore[misc]


def _start(wanted: Mapping[str, Any], bare: set[str]) -> str:
    os.environ.update(wanted["variables"])
    sys.path.insert(0, wanted["code"])
    clients, hooks = _watch_clients(), _runtime_hooks()
    __import__(wanted["handler"])
    modules = sorted(set(sys.modules) - bare - {"snapshot_restore_py"})
    snapshot = random.getstate()
    copies = [json.loads(_in_a_fork(lambda: _restore(snapshot, hooks))) for _ in range(2)]
    return json.dumps({"modules": modules, "clients": clients, "copies": copies})


def _restore(snapshot: Any, hooks: Sequence[Callable[[], None]]) -> str:
    """A fork stands for a copy of the snapshot. Python draws anew in a fork, which a copy would not do: undone here."""
    from uuid import uuid4

    from tallygate.deadline import full_jitter

    random.setstate(snapshot)
    for hook in hooks:
        hook()
    return json.dumps([full_jitter(3, base=1.0, cap=8.0), str(uuid4())])


def _watch_clients() -> list[str]:
    import botocore.session

    made: list[str] = []
    create = botocore.session.Session.create_client

    def watched(self: Any, service_name: str, *arguments: Any, **options: Any) -> Any:
        made.append(service_name)
        return create(self, service_name, *arguments, **options)

    botocore.session.Session.create_client = watched  # type: ignore[method-assign]
    return made


def _runtime_hooks() -> list[Callable[[], None]]:
    """Stands for the module that only Lambda's runtime has."""
    hooks: list[Callable[[], None]] = []
    runtime = types.ModuleType("snapshot_restore_py")
    runtime.register_after_restore = hooks.append  # type: ignore[attr-defined]
    sys.modules["snapshot_restore_py"] = runtime
    return hooks


def _in_a_fork(act: Callable[[], str]) -> str:
    reader, writer = os.pipe()
    if (child := os.fork()) == 0:
        status = 1
        try:
            with os.fdopen(writer, "w") as pipe:
                pipe.write(act())
            status = 0
        except BaseException:  # noqa: BLE001 (whatever it is, this process ends here)
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    if status:
        raise RuntimeError("a start failed")
    return told


if __name__ == "__main__":
    main()
