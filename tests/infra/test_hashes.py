"""Asset hashes: the same from the same inputs, wherever they lie; another when an input changes."""

import hashlib
import shutil
from pathlib import Path

import pytest

from stacks.constructs.built_folder import machine
from tests.infra.synthesis import ROOT, Synthesis, synthesize

pytestmark = pytest.mark.slow

PARTS = ("stacks", "layers", "lambdas")
LAMBDA_LIMIT_BYTES = 250 * 1024 * 1024


def copy(folder: Path) -> Path:
    """The project elsewhere: other times, and what an interpreter leaves behind."""
    for part in PARTS:
        shutil.copytree(
            ROOT / part, folder / part, copy_function=shutil.copy, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / "app.py", folder)
    for left_over in ("layers/tallygate/__pycache__/x.cpython-313.pyc", "lambdas/work/__pycache__/handler.pyc"):
        (folder / left_over).parent.mkdir()
        (folder / left_over).write_bytes(folder.name.encode())
    return folder


def contents(folder: Path) -> dict[str, str]:
    """A hash of every file below the folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    """The same project, copied, with its layers built."""
    place = tmp_path_factory.mktemp("elsewhere")
    return synthesize(place / "cdk.out", project=copy(place), bundle=True, context={"env": "dev"})


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    """Another copy, in which one file of the library and one function were edited, with its layers built."""
    place = tmp_path_factory.mktemp("edited")
    copy(place)
    for changed in ("layers/tallygate/clock.py", "lambdas/work/handler.py"):
        with (place / changed).open("a") as file:
            file.write("# edited\n")
    return synthesize(place / "cdk.out", project=place, bundle=True, context={"env": "dev"})


@pytest.mark.long
def test_two_places_agree(synthesis: Synthesis, elsewhere: Synthesis) -> None:
    here = {name: asset for name, asset in synthesis.assets().items() if name.startswith("tallygate-dev-")}
    names = ("vendor", "tallygate", "domain", "plan", "work", "gatekeeper", "report", "relay")
    assert {f"tallygate-dev-{name}" for name in names} <= set(here)
    assert {name: asset for name, asset in elsewhere.assets().items() if name.startswith("tallygate-dev-")} == here


@pytest.mark.long
def test_an_edit_changes_the_hash_of_what_was_edited_and_no_other(elsewhere: Synthesis, edited: Synthesis) -> None:
    before, after = elsewhere.assets(), edited.assets()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"tallygate-dev-tallygate", "tallygate-macro-tallygate", "tallygate-dev-work"}


@pytest.mark.long
@pytest.mark.parametrize("layer", ["vendor", "domain"])
def test_a_layer_built_twice_is_the_same_to_the_byte(elsewhere: Synthesis, edited: Synthesis, layer: str) -> None:
    asset = f"asset.{elsewhere.assets()[f'tallygate-dev-{layer}']}"
    built = contents(elsewhere.folder / asset)
    assert built
    assert built == contents(edited.folder / asset)


@pytest.mark.long
def test_layers_hold_sources_only_and_fit_into_a_function(elsewhere: Synthesis) -> None:
    layers = [
        elsewhere.folder / f"asset.{elsewhere.assets()[f'tallygate-dev-{name}']}"
        for name in ("vendor", "tallygate", "domain")
    ]
    files = [path for layer in layers for path in layer.rglob("*") if path.is_file()]
    assert {_valid(path) for path in files if path.suffix == ".pyc"} <= {"unchecked"}
    assert sum(path.stat().st_size for path in files) < LAMBDA_LIMIT_BYTES
    for layer, package in zip(layers, ("aws_lambda_powertools", "tallygate", "domain"), strict=True):
        assert (layer / "python" / package / "__init__.py").is_file()


@pytest.mark.long
def test_layers_hold_bytecode_that_lambda_believes(tmp_path: Path) -> None:
    """Every file has one and the same time in a zipped asset: only bytecode that is not compared with it is used."""
    local = synthesize(tmp_path / "cdk.out", project=ROOT, bundle=True, context={"env": "local"})
    layer = local.folder / f"asset.{local.assets()['tallygate-local-tallygate']}"
    compiled = [path for path in layer.rglob("*.pyc") if "__pycache__" in path.parts]
    assert len(compiled) == len(list(layer.rglob("*.py"))) > 0
    assert {_valid(path) for path in compiled} == {"unchecked"}


def _valid(bytecode: Path) -> str:
    """When the interpreter takes it, by the flags in its header (PEP 552)."""
    return {0b01: "unchecked", 0b11: "checked", 0: "by time"}[bytecode.read_bytes()[4]]


@pytest.mark.long
def test_the_vendor_layer_is_for_the_functions_processor(elsewhere: Synthesis) -> None:
    """By what the machine code itself says, whatever its file is called, and whatever this host is."""
    vendor = elsewhere.folder / f"asset.{elsewhere.assets()['tallygate-dev-vendor']}"
    found = {path.name: machine(path) for path in vendor.rglob("*") if machine(path)}
    assert len(found) >= 2
    assert set(found.values()) == {"arm64"}, found
    assert all("313" in name for name in found), found


@pytest.mark.long
def test_built_files_have_settled_modes(elsewhere: Synthesis) -> None:
    for name in ("vendor", "tallygate", "domain", "work"):
        built = elsewhere.folder / f"asset.{elsewhere.assets()[f'tallygate-dev-{name}']}"
        assert {path.stat().st_mode & 0o777 for path in built.rglob("*") if path.is_file()} == {0o644}
