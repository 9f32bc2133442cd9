"""Layers and functions as they are built: what is refused, and that a build is the same wherever and whenever it is."""

import hashlib
import os
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_lambda as lambda_

from stacks.constructs import bundling
from stacks.constructs.built_folder import machine
from stacks.constructs.bundling import BadLayer, package, requirements
from stacks.constructs.handler_code import BadHandler, handler_code
from stacks.environments import ENVIRONMENTS
from tests.infra.synthesis import ROOT

DEV = ENVIRONMENTS["dev"]
NATIVE = replace(DEV, native=True)


def elf(number: int) -> bytes:
    """The beginning of a shared library for a processor."""
    return b"\x7fELF" + bytes([2, 1, 1]) + bytes(9) + struct.pack("<HH", 3, number) + bytes(40)


def wheel(folder: Path, *, tag: str, content: bytes = b"") -> Path:
    """A lock file with one wheel, `gyro`, that lies on this disk."""
    made = folder / f"gyro-1.0-{tag}.whl"
    info = "gyro-1.0.dist-info"
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("gyro/__init__.py", "")
        archive.writestr("gyro/_turn.so", content)
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: gyro\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n")
        archive.writestr(f"{info}/RECORD", "")
    lock = folder / "requirements.txt"
    lock.write_text(f"gyro @ {made.as_uri()} --hash=sha256:{hashlib.sha256(made.read_bytes()).hexdigest()}\n")
    return lock


def install(lock: Path, target: Path) -> None:
    options = ["--python-version", "3.13", "--python-platform", "aarch64-manylinux2014"]
    bundling._Install(lock, options, DEV).try_bundle(str(target))


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def contents(folder: Path) -> dict[str, tuple[int, str]]:
    """Mode and hash of everything below the folder."""
    return {
        path.relative_to(folder).as_posix(): (
            path.stat().st_mode & 0o777,
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
        )
        for path in folder.rglob("*")
    }


def test_a_build_is_the_same_elsewhere_with_another_umask_locale_and_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytecode included, which knows its source's place: it is the place where Lambda mounts it."""
    one, other = tmp_path / "one", tmp_path / "far" / "away" / "other"
    with umask(0o022):
        bundling._Copy(ROOT / "layers" / "domain", "python/domain", NATIVE).try_bundle(str(one))
    for name, value in {"LC_ALL": "C", "LANG": "tr_TR.ISO-8859-9", "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7"}.items():
        monkeypatch.setenv(name, value)
    with umask(0o077):
        bundling._Copy(ROOT / "layers" / "domain", "python/domain", NATIVE).try_bundle(str(other))
    assert contents(one) == contents(other)
    assert {mode for mode, digest in contents(other).values() if digest} == {0o644}
    assert any(name.endswith(".pyc") for name in contents(one))
    told = b"".join(path.read_bytes() for path in one.rglob("*.pyc"))
    assert b"/opt/python/domain/fleet.py" in told
    assert str(tmp_path).encode() not in told


def synthesized(folder: Path, code: lambda_.Code) -> Path:
    """The one asset of an app whose function has that code."""
    app = App(outdir=str(folder))
    lambda_.Function(
        Stack(app, "Stack"), "Function", code=code, handler="handler.handler", runtime=lambda_.Runtime.PYTHON_3_13
    )
    app.synth()
    (asset,) = folder.glob("asset.*")
    return asset


def test_a_functions_code_can_be_read_by_lambda_whatever_the_umask_of_the_checkout(tmp_path: Path) -> None:
    """Modes are kept in an upload, and Lambda's own user is not the one who made the checkout."""
    assets = []
    for mask in (0o022, 0o077):
        folder = tmp_path / f"{mask:o}" / "relay"
        with umask(mask):
            (folder / "__pycache__").mkdir(parents=True)
            (folder / "handler.py").write_text("def handler(event, context): ...")
            (folder / "__pycache__" / "handler.pyc").write_text(folder.as_posix())
        assert (folder / "handler.py").stat().st_mode & 0o777 == 0o666 & ~mask
        assets.append(synthesized(tmp_path / f"{mask:o}" / "cdk.out", handler_code(folder)))
    one, other = assets
    assert one.name == other.name
    assert contents(one) == contents(other)
    assert {name: mode for name, (mode, _) in contents(other).items()} == {"handler.py": 0o644}


def test_a_functions_code_that_is_there_is_not_built_again(tmp_path: Path) -> None:
    folder = tmp_path / "relay"
    folder.mkdir()
    (folder / "handler.py").write_text("def handler(event, context): ...")
    before = synthesized(tmp_path / "cdk.out", handler_code(folder)).stat()
    assert synthesized(tmp_path / "cdk.out", handler_code(folder)).stat().st_ino == before.st_ino


def test_a_package_without_a_wheel_for_the_processor_is_named(tmp_path: Path) -> None:
    lock = wheel(tmp_path, tag="cp313-cp313-manylinux2014_x86_64")
    expected = "requirements.txt can't be installed for arm64 and Python 3.13: .*gyro.*only wheels are taken"
    with pytest.raises(BadLayer, match=expected):
        install(lock, tmp_path / "out")


def test_a_wheel_for_all_processors_with_machine_code_for_another_is_refused(tmp_path: Path) -> None:
    lock = wheel(tmp_path, tag="py3-none-any", content=elf(0x3E))
    expected = r"machine code that is not for arm64 and Python 3.13: gyro/_turn.so \(x86_64\)"
    with pytest.raises(BadLayer, match=expected):
        install(lock, tmp_path / "out")


def test_machine_code_for_the_processor_is_taken(tmp_path: Path) -> None:
    install(wheel(tmp_path, tag="py3-none-any", content=elf(0xB7)), tmp_path / "out")
    assert machine(tmp_path / "out" / "python" / "gyro" / "_turn.so") == "arm64"
    assert machine(tmp_path / "out" / "python" / "gyro" / "__init__.py") == ""


def test_a_lock_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadLayer, match=r"requirements.txt does not exist: write it with make lock"):
        requirements(tmp_path / "requirements.txt", environment=DEV)


def test_a_lock_file_without_hashes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("gyro==1.0\n")
    with pytest.raises(BadLayer, match=r"can't be installed for arm64 and Python 3.13: .*hash"):
        install(tmp_path / "requirements.txt", tmp_path / "out")


def test_a_package_folder_without_its_init_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadLayer, match=r"has no __init__.py: the folder of the package 'domain' must have one"):
        package(tmp_path, name="domain", environment=DEV)


def test_a_function_without_a_folder_is_told_which_there_are(tmp_path: Path) -> None:
    (tmp_path / "relay").mkdir()
    (tmp_path / "relay" / "handler.py").touch()
    with pytest.raises(BadHandler, match="there is no folder lambdas/rely: of functions there are relay"):
        handler_code(tmp_path / "rely")


def test_a_folder_without_a_handler_is_named(tmp_path: Path) -> None:
    (tmp_path / "relay").mkdir()
    with pytest.raises(BadHandler, match=r"lambdas/relay has no handler.py: what Lambda calls is handler\(\)"):
        handler_code(tmp_path / "relay")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def handle(event, context): ...", r"has no function handler\(event, context\)"),
        ("def handler(event, context:\n    ...", "can't be read by Python, line 1: "),
    ],
)
def test_a_handler_that_lambda_could_not_call_is_refused_before_it_is_deployed(
    tmp_path: Path, source: str, expected: str
) -> None:
    (tmp_path / "relay").mkdir()
    (tmp_path / "relay" / "handler.py").write_text(source)
    with pytest.raises(BadHandler, match=f"lambdas/relay/handler.py {expected}"):
        handler_code(tmp_path / "relay")
