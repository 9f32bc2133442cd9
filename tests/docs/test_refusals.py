"""The table of refusals says what the code says: each row comes from an input that is refused with these very words."""

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import boto3
import pytest
from botocore.stub import Stubber

from tallygate import aws
from tallygate.batch import Context, Item
from tallygate.batch.errors import BadInput
from tallygate.batch.plan.asked import asked
from tallygate.batch.plan.location import Location
from tallygate.batch.plan.manifest_maker import MAX_CHUNKS
from tallygate.batch.plan.manifest_reading import MAX_WRITTEN_BYTES
from tallygate.batch.records import Failure
from tallygate.batch.s3_objects import S3ObjectStore
from tests.conftest import ANYBODY
from tests.unit.batch import test_batch_request, test_manifest_reading, test_planner
from tests.unit.batch.batches import MANIFEST, Bench
from tests.unit.batch.manifests import Case, read

DOCUMENT = Path(__file__).parent.parent.parent / "docs/batch.md"
ROW = re.compile(r"^\| ([^|`]+) \| `(.+)` \|$", re.MULTILINE)
CAUSES = dict(ROW.findall(DOCUMENT.read_text()))
EXAMPLES = re.compile(r"""'[^']*'|"\w+"|((an? )?(array|number|boolean|text)|null)( \(.*?\))?|-?\d[\d,]*""")
JSONL = Location(bucket="flights", key="items.jsonl")


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(BadInput) as refused:
        call()
    return str(refused.value)


def planning(content: bytes, where: Location = MANIFEST, **more: object) -> Callable[[], object]:
    bench = Bench()
    bench.objects.upload(where, content)
    return lambda: bench.plan({"manifest": str(where), **more})


def reading(content: bytes, case: Case) -> Callable[[], object]:
    return lambda: read(content, case)


def opening(location: Location, code: str) -> Callable[[], object]:
    def call() -> None:
        client = boto3.client("s3", config=aws.config(), **ANYBODY)
        with Stubber(client) as stubbed:
            stubbed.add_client_error("get_object", service_error_code=code)
            S3ObjectStore("ours", client).open(location)

    return call


def named_by_an_execution() -> object:
    bench = Bench()
    bench.upload(1)
    return bench.plan(name="Zürich")


def of_a_batch(*, items: int = 3, refused: bool = False, end: bool = True, expire: bool = False) -> Bench:
    """The batch b1, at its end or not."""

    def process(_item: Item, _context: Context) -> None:
        if refused:
            raise ValueError

    bench = Bench(process)
    bench.upload(*range(items))
    bench.plan()
    for task in bench.tasks() if end else ():
        bench.work(task)
    if end:
        report = bench.reporter().report("b1", 0)
        if expire:
            bench.objects.delete("batches", str(report["remaining"]).removeprefix("s3://batches/"))
    return bench


def asking(raw: object, **batch: bool) -> Callable[[], object]:
    return lambda: of_a_batch(**batch).plan_raw(raw, "x")


def of_an_earlier_release() -> object:
    bench = of_a_batch(refused=True, end=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tallygate.batch.work.item_run.Failure", lambda id, error, _number: Failure(id, error))
        bench.work(next(bench.tasks()))
        bench.reporter().report("b1", 0)
    return bench.plan_raw({"redrive": "b1"}, "x")


def named_twice() -> object:
    bench = Bench()
    bench.upload(1, 2, 3)
    bench.plan({"name": "n"})
    return bench.plan({"name": "n", "chunk_size": 7})


def messages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the code says to the inputs that the unit tests try, and to those that need more than an input."""

    def parsing(raw: object) -> Callable[[], object]:
        return lambda: asked(raw, Bench().workers)

    calls = [parsing({"manifest": str(MANIFEST), "chunksize": 5})]
    calls += [parsing(raw) for raw, _ in test_batch_request.REFUSED]
    calls += [planning(content) for content, _ in test_planner.REFUSED]
    calls += [planning(line, JSONL) for line in (b"1\n", b"{\n", b'{"x": 1}\n', b'{"id": null}\n')]
    calls += [
        opening(Location(bucket="nowhere", key="items.csv"), "NoSuchBucket"),
        opening(Location(bucket="flights", key="none.csv"), "NoSuchKey"),
        opening(Location(bucket="theirs", key="items.csv"), "AccessDenied"),
        opening(Location(bucket="flights", key="archived.csv"), "InvalidObjectState"),
        named_by_an_execution,
        named_twice,
        asking({"redrive": "b7"}),
        asking({"continue": "b1", "generation": 1}),
        asking({"redrive": "b1"}, end=False),
        asking({"redrive": "b1"}),
        asking({"redrive": "b1"}, refused=True, expire=True),
        asking({"cancel": "b1"}, refused=True),
        of_an_earlier_release,
        planning(b"id\n1\n2\n3\n", max_items=2),
    ]
    said = [refusal(call) for call in calls]
    said += [refusal(reading(content, case)) for content, case, _ in test_manifest_reading.REFUSED]
    monkeypatch.setattr("tallygate.batch.plan.duplicates.HELD_ITEMS", 1)
    said.append(refusal(reading(b"id\n1\n", Case(room=0))))
    monkeypatch.setattr("tallygate.batch.plan.manifest_reading.MAX_WRITTEN_BYTES", 4)
    packed = reading(gzip.compress(b"id\n1\n"), Case(gzipped=True))
    said.append(refusal(packed).replace("more than 4", f"more than {MAX_WRITTEN_BYTES:,}"))
    monkeypatch.setattr("tallygate.batch.plan.manifest_maker.MAX_CHUNKS", 0)
    said.append(refusal(planning(b"id\n1\n", chunk_size=1)).replace("more than 0", f"more than {MAX_CHUNKS:,}"))
    return said


def pattern(cause: str) -> re.Pattern[str]:
    """A documented cause; `…` stands for anything, and a file's name may come before it."""
    return re.compile(r"(s3://\S+: )?" + re.escape(cause).replace("…", ".*"))


def loose(cause: str) -> re.Pattern[str]:
    """A documented cause of which only the words count: not the names, numbers and types of its example."""
    return pattern(EXAMPLES.sub("…", cause))


def test_every_row_is_what_the_code_says(monkeypatch: pytest.MonkeyPatch) -> None:
    said = messages(monkeypatch)
    assert len(CAUSES) > 30
    assert {row for row, cause in CAUSES.items() if not any(map(pattern(cause).fullmatch, said))} == set()


def test_every_refusal_has_its_row(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [loose(cause) for cause in CAUSES.values()]
    assert [text for text in messages(monkeypatch) if not any(row.fullmatch(text) for row in rows)] == []
