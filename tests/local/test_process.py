"""Servers start on free ports, say where their logs are, and leave nothing behind."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import boto3
import pytest

from local.emulator import launcher
from local.emulator.process import LAUNCHER, PYTHON, Emulator, client_environment, without_aws
from local.paths import ROOT
from local.server import Server, ServerError
from tests.local.tiny_aws import TinyAws


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def soon(condition: object, seconds: float = 5) -> bool:
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_it_stops_with_its_workers() -> None:
    with Emulator() as emulator:
        aws = TinyAws(emulator)
        worker = aws.invoke(aws.function("import os\ndef handler(event, context): return os.getpid()"))
        pid = emulator.ask("GET", "health")["pid"]
        assert not gone(worker)
    assert soon(lambda: gone(worker) and gone(pid))


def test_it_ends_when_its_owner_is_killed(tmp_path: Path) -> None:
    """Even SIGKILL of the owner leaves no server behind."""
    script = """
        import time
        from local.emulator.process import Emulator
        with Emulator() as emulator:
            print(emulator.ask("GET", "health")["pid"], flush=True)
            time.sleep(60)
    """
    owner = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert owner.stdout is not None
    pid = int(owner.stdout.readline())
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    owner.stdout.close()
    assert soon(lambda: gone(pid))


def test_a_server_that_fails_names_its_log(tmp_path: Path) -> None:
    class Broken(Server):
        name = "the broken one"
        tries = 1

        def command(self) -> list[str]:
            return [sys.executable, "-c", "print('no luck')"]

    log = tmp_path / "broken.log"
    with (
        pytest.raises(ServerError, match=r"the broken one did not start: no luck \(more in .*broken\.log\)"),
        Broken(log=log),
    ):
        pass
    assert "no luck" in log.read_text()


def test_another_version_of_the_emulator_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launcher, "version", lambda name: "1.5.34")
    with pytest.raises(SystemExit, match=r"are for ministack 1\.5\.33, found 1\.5\.34: "):
        launcher.demand_version()


def test_an_unknown_mend_is_refused() -> None:
    environment = {"PATH": os.environ["PATH"], "TALLYGATE_UNMENDED": "nonsense"}
    ended = subprocess.run([PYTHON, LAUNCHER], env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith("no such mend: nonsense; there are error_type, ")


def test_a_missing_virtual_environment_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TALLYGATE_EMULATOR_PYTHON", str(tmp_path / "nothing"))
    with pytest.raises(ServerError, match="run `make setup`"), Emulator(folder=tmp_path):
        pass


def test_nothing_of_the_user_reaches_the_local_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every service goes to the one endpoint, with made-up keys, whatever is set outside."""
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "https://elsewhere.example")
    environment = {**without_aws(os.environ), **client_environment("http://127.0.0.1:9")}
    for name in os.environ:
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    session = boto3.session.Session()
    for service in ("s3", "sts", "dynamodb", "cloudformation", "stepfunctions", "lambda", "ssm", "iam"):
        assert session.client(service).meta.endpoint_url == "http://127.0.0.1:9"
    credentials = session.get_credentials()
    assert credentials is not None
    assert credentials.access_key == "000000000000"


def test_workers_take_variables_set_later(aws: TinyAws) -> None:
    source = "import os\ndef handler(event, context): return os.environ.get('TINY')"
    aws.emulator.set_worker_environment(TINY="yes")
    assert aws.invoke(aws.function(source)) == "yes"
    aws.emulator.set_worker_environment(TINY=None)
    assert aws.invoke(aws.function(source)) is None


def test_workers_see_nothing_of_the_checkout(aws: TinyAws) -> None:
    """A handler that imports what is not deployed with it must fail here too."""
    source = "import sys\ndef handler(event, context): return sys.path"
    assert not [entry for entry in aws.invoke(aws.function(source)) if entry == str(ROOT) or "layers" in entry]
    for name in ("local", "stacks", "tallygate", "boto3", "control"):
        assert aws.invoke(aws.function(f"import {name}"))["errorType"] == "Runtime.ImportModuleError"


def test_kills_follow_their_plan(aws: TinyAws) -> None:
    """The second and third invocation lose their worker, the others don't."""
    function = aws.function("import time\ndef handler(event, context): time.sleep(0.4)")
    aws.emulator.kill_workers(function, at={2: 0.1, 3: 0.0, 4: 30.0})
    outcomes = [aws.invoke(function) for _ in range(5)]
    died = {"Runtime.ExitError", "BrokenPipeError"}  # the second where it died before the event had reached it
    assert [outcome and outcome["errorType"] in died for outcome in outcomes] == [None, True, True, None, None]
    assert aws.emulator.meter()["functions"][function]["kills"] == 2
    assert aws.emulator.kill_workers(function) == 0
