"""What is missing for a deployment is said in one line, before anything starts."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.infra.environments import OF_THE_PROJECT
from tests.infra.synthesis import ROOT

PYTHON = (sys.executable, "-m", "stacks.preflight")
NAMES = ", ".join(OF_THE_PROJECT)
KEYS = {"AWS_ACCESS_KEY_ID": "made-up", "AWS_SECRET_ACCESS_KEY": "made-up"}


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """The environment of a newcomer: nothing of AWS is set, and the home folder is empty."""
    theirs = ("AWS_", "MAKE", "MFLAGS", "ENV", "YES")
    ours = {name: value for name, value in os.environ.items() if not name.startswith(theirs)}
    return ours | {"HOME": str(tmp_path)}


def ask(environment: dict[str, str], *command: str) -> tuple[int, list[str]]:
    """Exit status, and the lines of standard error; nothing may go to standard output."""
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.stdout == ""
    return done.returncode, done.stderr.splitlines()


def test_no_credentials(bare: dict[str, str]) -> None:
    began = time.monotonic()
    status, (line,) = ask(bare | {"AWS_REGION": "eu-central-1"}, *PYTHON, "dev")
    assert status == 2
    assert line == (
        "ENV=dev can't be deployed: no AWS credentials were found: sign in (aws configure, or aws sso login) and set "
        "AWS_PROFILE, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    )
    assert time.monotonic() - began < 10


def test_no_region(bare: dict[str, str]) -> None:
    status, (line,) = ask(bare | KEYS, *PYTHON, "dev")
    assert status == 2
    assert (
        line == "ENV=dev can't be deployed: no AWS region is set: set AWS_REGION, for example AWS_REGION=eu-central-1"
    )


def test_the_macro_needs_the_same_and_no_environment(bare: dict[str, str]) -> None:
    status, (line,) = ask(bare | KEYS, *PYTHON, "macro")
    assert status == 2
    assert line.startswith("ENV=macro can't be deployed: no AWS region is set: set AWS_REGION")
    assert ask(bare | KEYS | {"AWS_REGION": "eu-central-1"}, *PYTHON, "macro") == (0, [])


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"AWS_PROFILE": "nobody"}, "The config profile (nobody) could not be found"),
        ({"AWS_ACCESS_KEY_ID": "made-up"}, "missing: AWS_SECRET_ACCESS_KEY"),
        ({"AWS_CONFIG_FILE": "pyproject.toml"}, "Unable to parse config file"),
    ],
)
def test_a_configuration_that_is_not_usable(bare: dict[str, str], variables: dict[str, str], says: str) -> None:
    status, (line,) = ask(bare | {"AWS_REGION": "eu-central-1"} | variables, *PYTHON, "dev")
    assert status == 2
    assert line.startswith("ENV=dev can't be deployed: the AWS configuration is not usable: ")
    assert says in line


@pytest.mark.parametrize("region", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_all_is_there(bare: dict[str, str], region: str) -> None:
    assert ask(bare | KEYS | {region: "eu-central-1"}, *PYTHON, "dev") == (0, [])


def test_the_local_environment_is_not_for_aws(bare: dict[str, str]) -> None:
    status, (line,) = ask(bare | KEYS, *PYTHON, "local")
    assert status == 2
    assert f"make demo deploys it; for AWS there are {NAMES.removeprefix('local, ')}" in line


@pytest.mark.parametrize("target", ["deploy", "diff", "bootstrap", "smoke"])
@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ((), "ENV is missing: say which, for example ENV=dev ({names})"),
        (("ENV=nonsense",), "ENV=nonsense: no environment 'nonsense': there are {names}"),
    ],
)
def test_make_wants_an_environment_that_exists(
    bare: dict[str, str], target: str, variables: tuple[str, ...], says: str
) -> None:
    status, lines = ask(bare, "make", target, *variables)
    assert status == 2
    assert lines[0] == says.format(names=NAMES)
    assert all(line.startswith("make") for line in lines[1:])


def test_make_knows_a_switch_from_a_number(bare: dict[str, str]) -> None:
    status, (line,) = ask(bare, "make", "deploy", "ENV=dev", "YES=yes")
    assert status == 2
    assert "YES=yes is not a switch: give YES=1 to deploy without questions, or leave it out" in line
