"""The documents: their Python runs, their links resolve, their tables agree with the code."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import fields

from tallygate.batch.plan.request import BatchRequest
from tallygate.events import EventStore
from tests.unit.batch.batches import MANIFEST, Bench

ROOT = Path(__file__).parent.parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/*.md")])
PYTHON = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?://)([^)#]+)")


def snippets(document: Path) -> dict[str, Any]:
    """Run a document's Python, in order, in one namespace; returns the namespace."""
    namespace: dict[str, Any] = {"__name__": document.stem}
    for code in PYTHON.findall(document.read_text()):
        exec(compile(code, str(document), "exec", dont_inherit=True), namespace)
    return namespace


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_python_runs(document: Path) -> None:
    snippets(document)


def links() -> Iterator[tuple[Path, str]]:
    for document in DOCUMENTS:
        for target in LINK.findall(document.read_text()):
            yield document, target.replace("\\", "")


def test_there_are_links_and_snippets() -> None:
    assert len(list(links())) >= 5
    assert "ACCOUNT" in snippets(ROOT / "README.md")


@pytest.mark.parametrize(("document", "target"), list(links()), ids=str)
def test_links_resolve(document: Path, target: str) -> None:
    assert (document.parent / target).exists()


TARGET = re.compile(r"(?:^\$ |`)make ([a-z0-9-]+)", re.MULTILINE)
FOLDERS = "bench|docs|examples|lambdas|layers|local|stacks|tests"
PLACE = re.compile(rf"`((?:{FOLDERS})/[\w./-]*)`")


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {target for document in DOCUMENTS for target in TARGET.findall(document.read_text())}
    assert {"demo", "test", "break", "bootstrap", "deploy"} <= named
    assert named - targets == set()


def test_places_exist() -> None:
    places = {place for document in DOCUMENTS for place in PLACE.findall(document.read_text())}
    assert len(places) > 10
    assert {place for place in places if not (ROOT / place).exists()} == set()


def test_the_readmes_domain_works_in_a_batch() -> None:
    """The example is what it claims to be: a domain that can stand in for the sample."""
    namespace = snippets(ROOT / "README.md")
    bench = Bench()
    bench.workers = namespace["WORKERS"]
    bench.objects.upload(MANIFEST, b"id,account,amount\n1,7,5\n2,7,6\n3,8,1\n4,8,x\n")
    bench.plan({"worker": "deposits"})
    for task in bench.tasks():
        bench.work(task)
    report = bench.reporter().report("b1", 0)
    assert (report["ok"], report["failed"]) == (3, 1)
    assert EventStore(bench.log).load(namespace["ACCOUNT"], "7").state == 11


def test_every_field_of_the_input_is_documented() -> None:
    text = (ROOT / "docs/batch.md").read_text()
    for field in fields(BatchRequest):
        (row,) = [line for line in text.splitlines() if line.startswith(f"| `{field.name}` |")]
        default = field.default
        if isinstance(default, int | str):
            assert json.dumps(default).strip('"') in row
