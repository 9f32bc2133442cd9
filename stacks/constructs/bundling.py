"""What is uploaded, built without Docker and reproducible: the same inputs give the same asset hash on every machine.

The hash is taken over the inputs, so that nothing is built when they have not changed: CDK finds the asset of that
hash in `cdk.out` and takes it.
"""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import jsii
from aws_cdk import AssetHashType, BundlingOptions, DockerImage, ILocalBundling
from aws_cdk import aws_lambda as lambda_
from uv import find_uv_bin

from stacks.constructs.built_folder import foreign_code, settle
from stacks.constructs.bytecode import compile_for
from stacks.constructs.service_models import without_prose
from stacks.environment import Environment
from stacks.undeployable import Undeployable

# The way of building is one of the inputs.
_RECIPE = [
    Path(__file__).with_name(f"{part}.py") for part in ("bundling", "built_folder", "bytecode", "service_models")
]
_IGNORED = ("__pycache__", "*.pyc")
_PLATFORMS = {"arm64": "aarch64-manylinux2014", "x86_64": "x86_64-manylinux2014"}


class BadLayer(Undeployable):
    """A layer can't be built; the message says which and what is missing."""


def package(folder: Path, *, name: str, environment: Environment) -> lambda_.Code:
    """A Python package as a layer: the folder's content becomes `python/<name>`.

    Raises
    ------
    BadLayer
        The folder is no package.
    """
    if not (folder / "__init__.py").is_file():
        raise BadLayer(f"{folder} has no __init__.py: the folder of the package {name!r} must have one")
    digest = _digest(folder, _sources(folder), salt=(name, environment.python))
    return _code(folder, digest, _Copy(folder, f"python/{name}", environment))


def as_it_is(folder: Path) -> lambda_.Code:
    """A folder as a function's own code. Not compiled: it is small, and Lambda unzips it where no layer is."""
    return _code(folder, _digest(folder, _sources(folder), salt=()), _Copy(folder, ""))


def requirements(lock: Path, *, environment: Environment) -> lambda_.Code:
    """The packages of a lock file as a layer, for the environment's processor and Python.

    Raises
    ------
    BadLayer
        There is no such file.
    """
    if not lock.is_file():
        raise BadLayer(f"{lock} does not exist: write it with make lock")
    target = ["--python", sys.executable]
    if not environment.native:
        target = ["--python-version", environment.python, "--python-platform", _PLATFORMS[environment.architecture]]
    salt = (environment.python, environment.architecture, str(environment.native))
    return _code(lock.parent, _digest(lock.parent, [lock], salt=salt), _Install(lock, target, environment))


def _code(folder: Path, digest: str, bundling: ILocalBundling) -> lambda_.Code:
    # A Docker image must be named; `try_bundle` never falls back to it.
    options = BundlingOptions(image=DockerImage.from_registry("none"), local=bundling)
    return lambda_.Code.from_asset(
        str(folder), bundling=options, asset_hash=digest, asset_hash_type=AssetHashType.CUSTOM
    )


@cache
def recipe() -> str:
    """The way of building, as a hash of the modules that do it: who edits them need not think of a number."""
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in _RECIPE)).hexdigest()


def _sources(folder: Path) -> list[Path]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return [path for path in files if "__pycache__" not in path.parts and path.suffix != ".pyc"]


def _digest(folder: Path, files: Iterable[Path], *, salt: Iterable[str]) -> str:
    digest = hashlib.sha256("\0".join((recipe(), *salt)).encode())
    for path in files:
        digest.update(f"\0{path.relative_to(folder).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


@jsii.implements(ILocalBundling)
class _Copy:
    def __init__(self, folder: Path, below: str, compiled_for: Environment | None = None) -> None:
        self._folder, self._below, self._compiled_for = folder, below, compiled_for

    def try_bundle(self, output_dir: str, *_args: Any, **_options: Any) -> bool:  # noqa: ANN401 (jsii's signature)
        target = Path(output_dir) / self._below
        shutil.copytree(self._folder, target, ignore=shutil.ignore_patterns(*_IGNORED), dirs_exist_ok=True)
        if self._compiled_for:
            compile_for(self._compiled_for, Path(output_dir))
        settle(Path(output_dir))
        return True


@jsii.implements(ILocalBundling)
class _Install:
    def __init__(self, lock: Path, target: list[str], environment: Environment) -> None:
        self._lock, self._target, self._environment = lock, target, environment

    def try_bundle(self, output_dir: str, *_args: Any, **_options: Any) -> bool:  # noqa: ANN401 (jsii's signature)
        target = Path(output_dir) / "python"
        command = [find_uv_bin(), "pip", "install", "--quiet", "--require-hashes", "--only-binary", ":all:"]
        options = ["--no-compile-bytecode", "--link-mode", "copy", "--target", str(target), *self._target]
        done = subprocess.run([*command, *options, "-r", str(self._lock)], capture_output=True, text=True, check=False)
        if done.returncode:
            raise BadLayer(self._refusal(done.stderr))
        for left_over in (target / "bin", target / ".lock"):
            shutil.rmtree(left_over, ignore_errors=True) if left_over.is_dir() else left_over.unlink(missing_ok=True)
        if foreign := foreign_code(target, self._environment.architecture):
            raise BadLayer(f"{self._lock}: machine code that is not for {self._for()}: {', '.join(foreign[:5])}")
        without_prose(target)
        compile_for(self._environment, Path(output_dir))
        settle(Path(output_dir))
        return True

    def _refusal(self, said: str) -> str:
        why = " ".join(said.split())
        return (
            f"{self._lock} can't be installed for {self._for()}: {why} (only wheels are taken: nothing is compiled "
            "here. Lock a version that has one for this processor and Python, or change them in stacks/environments.py)"
        )

    def _for(self) -> str:
        return f"{self._environment.architecture} and Python {self._environment.python}"
