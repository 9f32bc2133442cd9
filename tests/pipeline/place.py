"""Where builds run: a repository, a clean clone for each, an interpreter of their own, and the emulator as AWS."""

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Mapping
from pathlib import Path

from local import cdk
from local.emulator.process import Emulator, without_aws
from local.paths import ROOT

CONFIGURATION = """
[source]
kind = "codecommit"
repository = "tallygate"

[[environments]]
name = "local"  # the one whose functions run on this machine
smoke = true
"""
KEPT = (".venv", ".venv-emulator", "node_modules", ".cache")  # what make has set up, as a build's cache would


class Failed(AssertionError):
    """A command of a build failed; the message has its last lines."""


class Place:
    """A folder with everything of a trial.

    Parameters
    ----------
    folder : Path
    emulator : Emulator
        Plays AWS.
    """

    def __init__(self, folder: Path, emulator: Emulator) -> None:
        self.origin, self.work, self.source = folder / "origin.git", folder / "work", folder / "source"
        self._folder, self._runtime, self._emulator = folder, folder / "runtime", emulator
        self.said: list[str] = []  # what each command said, in order

    def make(self) -> None:
        """A bare repository to which the project, as it lies here, has been pushed."""
        venv.create(self._runtime, with_pip=True, symlinks=True)
        self.work.mkdir()
        for name in self._git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0"):
            if (ROOT / name).is_file() and not (ROOT / name).is_symlink():
                (self.work / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, self.work / name)
        (self.work / "pipeline.toml").write_text(CONFIGURATION)
        self._git(self._folder, "init", "--quiet", "--bare", "--initial-branch=main", str(self.origin))
        self._git(self.work, "init", "--quiet", "--initial-branch=main")
        self._git(self.work, "remote", "add", "origin", str(self.origin))
        self.push("the project")

    def push(self, message: str) -> None:
        """Commit everything in the work folder and push it."""
        self._git(self.work, "add", "--all")
        self._git(self.work, "commit", "--quiet", "--message", message)
        self._git(self.work, "push", "--quiet", "origin", "main")

    def check_out(self) -> None:
        """What the source action hands on: the branch's files, without the repository."""
        fresh = self._folder / "fresh"
        self._git(self._folder, "clone", "--quiet", "--depth", "1", f"file://{self.origin}", str(fresh))
        shutil.rmtree(fresh / ".git")
        for name in KEPT:
            if (self.source / name).exists():
                (self.source / name).rename(fresh / name)
        shutil.rmtree(self.source, ignore_errors=True)
        fresh.rename(self.source)

    def run(self, command: str, folder: Path, *, in_aws: bool = True) -> str:
        """Run a command as CodeBuild does, in a shell. Raises `Failed`.

        Parameters
        ----------
        in_aws : bool
            It reaches the emulator; else it knows a Region and nothing more, as a build that may do nothing.
        """
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=folder,
            env=self._environment() if in_aws else _cut_off(self._environment()),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.said.append(f"$ {command}\n{done.stdout}")
        if done.returncode:
            last = "\n".join(done.stdout.splitlines()[-25:])
            raise Failed(f"{command}\nended with {done.returncode}:\n{last}")
        return done.stdout

    def _environment(self) -> Mapping[str, str]:
        """Ours, with an interpreter and a prefix of npm of the trial's own, and the emulator as AWS."""
        npm = self._folder / "npm"
        paths = [self._runtime / "bin", npm / "bin"]
        ours = Path(sys.executable).parent
        rest = [part for part in os.environ["PATH"].split(os.pathsep) if Path(part) != ours]
        unwanted = ("MAKE", "MFLAGS", "VIRTUAL_ENV", "ENV", "PYTEST", "TALLYGATE")
        variables = {
            name: value
            for name, value in cdk.cli_environment(self._emulator).items()
            if not name.startswith(unwanted) and not name.upper().startswith("NPM_CONFIG_PREFIX")
        }
        return variables | {
            "PATH": os.pathsep.join([*map(str, paths), *rest]),
            "npm_config_prefix": str(npm),
            "CDK_HOME": str(self._folder / "cdk-home"),
        }

    def _git(self, folder: Path, *arguments: str) -> str:
        author = ("-c", "user.name=Tester", "-c", "user.email=tester@example.com", "-c", "protocol.file.allow=always")
        done = subprocess.run(["git", *author, *arguments], cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Failed(f"git {' '.join(arguments)}: {done.stderr}")
        return done.stdout


def _cut_off(environment: Mapping[str, str]) -> Mapping[str, str]:
    """The environment, from which nothing of AWS is reached."""
    region = {name: environment[name] for name in ("AWS_REGION", "AWS_DEFAULT_REGION")}
    return without_aws(environment) | region | {"AWS_EC2_METADATA_DISABLED": "true"}
