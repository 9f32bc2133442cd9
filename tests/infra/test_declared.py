"""Asking the domain what it declares: in a process of its own, and with an answer that helps when it can't be had."""

import os
from pathlib import Path

import pytest

from stacks.constructs.bundling import BadLayer
from stacks.constructs.declared import Declared, declared
from tests.infra.synthesis import ROOT, synthesize

CONSUMER = "from types import SimpleNamespace\ndef Consumer(id): return SimpleNamespace(id=id, category='c')\n"
NOTHING = Declared(projections=(), effects=(), categories={})


def folder(tmp_path: Path, source: str) -> Path:
    """A domain, in a folder that is not called so."""
    package = tmp_path / "mine"
    package.mkdir()
    (package / "__init__.py").write_text(CONSUMER + source)
    return package


def listing(name: str, *ids: str) -> str:
    return f"{name} = ({''.join(f'Consumer(id={id!r}),' for id in ids)})\n"


def test_projections_and_effects_are_known_by_their_ids() -> None:
    found = declared(ROOT / "tests/infra/declaring")
    assert found == Declared(
        projections=("fleet-1", "routes_by_day-12"),
        effects=("departures",),
        categories={"fleet-1": "aircraft", "routes_by_day-12": "aircraft", "departures": "aircraft"},
    )


def test_a_domain_may_declare_nothing(tmp_path: Path) -> None:
    assert declared(folder(tmp_path, "WORKERS = ()\n")) == NOTHING


def test_it_imports_itself_and_the_library_by_their_names_and_may_print(tmp_path: Path) -> None:
    package = folder(tmp_path, "import tallygate\nfrom domain.fleet import PROJECTIONS\nprint('hello')\n")
    (package / "fleet.py").write_text(CONSUMER + listing("PROJECTIONS", "fleet-1"))
    assert declared(package).projections == ("fleet-1",)
    assert sorted(path.name for path in package.iterdir()) == ["__init__.py", "fleet.py"]


def test_it_is_asked_once(tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    package = folder(tmp_path, f"open({str(asked)!r}, 'a').write('x')\n")
    assert declared(package) is declared(package)
    assert asked.read_text() == "x"


def test_it_has_no_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    package = folder(tmp_path, "import os\nassert not [name for name in os.environ if name.startswith('AWS_')]\n")
    assert declared(package) == NOTHING


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("\nimport missing_module\n", "ModuleNotFoundError: No module named 'missing_module' (__init__.py, line 4)"),
        ("PROJECTIONS = (1,)\n", "AttributeError: 'int' object has no attribute 'id'"),
        ("EFFECTS = 1\n", "TypeError: 'int' object is not iterable"),
        ("PROJECTIONS = (Consumer(id=object()),)\n", "TypeError: Object of type object is not JSON serializable"),
        ("raise SystemExit('no\\nmore')\n", "SystemExit: no more (__init__.py, line 3)"),
        ("import os\nos._exit(3)\n", "the interpreter ended with status 3"),
    ],
)
def test_what_cant_be_asked_is_told_in_one_line(tmp_path: Path, source: str, says: str) -> None:
    package = folder(tmp_path, source)
    with pytest.raises(BadLayer) as raised:
        declared(package)
    assert str(raised.value) == (
        f"the consumers that {package} declares can't be read: {says}. Mend it there: what is deployed is what its "
        "__init__.py has in PROJECTIONS and EFFECTS"
    )


@pytest.mark.parametrize(
    "id",
    [
        "",
        "Fleet-1",
        "1fleet",
        "fleet-0",
        "fleet-01",
        "fleet-10000",
        "fleet-",
        "fleet_1-2-3",
        "fleet.1",
        "a" * 29,
        "x\n",
    ],
)
def test_an_id_that_cant_be_part_of_a_name_is_refused(tmp_path: Path, id: str) -> None:
    package = folder(tmp_path, listing("EFFECTS", id))
    with pytest.raises(BadLayer) as raised:
        declared(package)
    assert str(raised.value) == (
        f"{package} declares a consumer with the id {id!r}, expected a lower-case letter, then up to 27 of a-z, 0-9 "
        "and _, and a version or none, such as fleet-1"
    )


def test_a_number_is_no_id(tmp_path: Path) -> None:
    with pytest.raises(BadLayer, match="with the id 7, expected"):
        declared(folder(tmp_path, "EFFECTS = (Consumer(id=7),)\n"))


@pytest.mark.parametrize("id", ["a", "a" * 28 + "-9999", "fleet_1-2"])
def test_what_lies_on_the_border_is_accepted(tmp_path: Path, id: str) -> None:
    assert declared(folder(tmp_path, listing("PROJECTIONS", id))).projections == (id,)
    assert len(f"tallygate-{'e' * 12}-project-{id}") <= 64  # Lambda's limit


@pytest.mark.parametrize(
    "source",
    [
        listing("PROJECTIONS", "fleet-1", "fleet-1"),
        listing("EFFECTS", "fleet-1", "fleet-1"),
        listing("PROJECTIONS", "fleet-1") + listing("EFFECTS", "fleet-1"),
    ],
)
def test_an_id_is_given_once_whichever_kind_it_is(tmp_path: Path, source: str) -> None:
    package = folder(tmp_path, source)
    with pytest.raises(BadLayer) as raised:
        declared(package)
    assert str(raised.value) == (
        f"{package} declares the id 'fleet-1' more than once: each projection and each effect needs one of its own"
    )


@pytest.mark.slow
def test_the_app_shows_it_as_one_line(tmp_path: Path) -> None:
    package = folder(tmp_path, listing("EFFECTS", "Fleet"))
    shown = synthesize(tmp_path / "cdk.out", context={"env": "dev", "domain": os.fspath(package)})
    assert shown.status == 1
    assert shown.output.startswith(f"{package} declares a consumer with the id 'Fleet', expected ")
    assert shown.output.count("\n") == 1
