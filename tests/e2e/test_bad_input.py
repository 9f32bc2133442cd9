"""Bad input ends in the Fail state, its cause says what, where and the cure, and nothing was dispatched."""

import gzip
from collections.abc import Callable

import pytest

from local.deployment import BUCKET
from tests.e2e.conftest import App

pytestmark = pytest.mark.e2e

Given = Callable[[App], object]


def file(name: str, content: str | bytes, **more: object) -> Given:
    return lambda app: {"manifest": app.upload(name, content), **more}


def uri(text: str, **more: object) -> Given:
    return lambda _app: {"manifest": text, **more}


GOOD = "id,act\n1,ok\n"
REFUSED: list[tuple[Given, str]] = [
    (uri("s3://no-such-bucket-anywhere/x.csv"), "the bucket no-such-bucket-anywhere does not exist: mend the name"),
    (uri(f"s3://{BUCKET}/manifests/none.csv"), "manifests/none.csv does not exist: upload the manifest"),
    (file("empty.csv", b""), "the file is empty: upload a manifest with a header"),
    (file("no-items.csv", "id,act\n"), "the file has no items"),
    (file("wrong.xlsx", b"PK"), "expected a key that ends in .csv or .jsonl"),
    (file("latin.csv", "id,act\n1,ok\nZürich,ok\n".encode("latin-1")), "line 3 is not UTF-8"),
    (file("malformed.csv", 'id,act\n1,ok\n2,"ok\n'), "line 3 is malformed"),
    (file("fields.csv", "id,act\n1,ok,more\n"), "line 2 has 3 fields, the header 2"),
    (file("column.csv", "id,what\n1,ok\n"), "line 1: the column 'act' is missing, which worker 'acts' needs"),
    (file("twice.csv", "id,act\n1,ok\n2,ok\n1,ok\n"), "line 4 repeats the id '1' of line 2"),
    (file("long.csv", "id,act\n1," + "x" * 70_000 + "\n"), "line 2 is longer than 65536 bytes"),
    (file("a.csv", GOOD, chunksize=5), "unknown field 'chunksize' in the input: known are manifest"),
    (file("b.csv", GOOD, chunk_size="5"), "is text ('5'), expected a whole number"),
    (file("c.csv", GOOD, chunk_size=0), '"chunk_size" is 0, expected 1 to 10,000'),
    (file("d.csv", GOOD, deadline_minutes=-5), '"deadline_minutes" is -5, expected more than 0'),
    (file("e.csv", GOOD, worker="nobody"), "unknown worker 'nobody'"),
    (file("f.csv", GOOD, dispatch="queue", concurrency=3), '"concurrency" says nothing where "dispatch" is'),
    (file("g.csv", GOOD, group_by="customer"), "line 1: the column 'customer' is missing, by which items"),
    (file("h.csv", GOOD + "2,ok\n", max_items=1), 'the file has more items than "max_items", 1'),
    (file("i.csv", GOOD, item_ms="5"), "\"item_ms\" is text ('5'), expected a number of milliseconds"),
    (file("j.csv", GOOD, dry_run=1), '"dry_run" is a number (1), expected true or false'),
    (file("k.csv", GOOD, cancel="k"), 'the input has "manifest" and "cancel": leave out one of them'),
    (file("l.csv.gz", GOOD), "the file is not gzip, although its key ends in .gz"),
    (file("m.csv.gz", gzip.compress(GOOD.encode())[:-4]), "the gzip file is cut off after 12 bytes of content"),
    (file("n.csv", GOOD, deadline_minutes=20_161), "at most 20,160 minutes (14 days)"),
    (lambda _: {"redrive": "never-started"}, "there is no batch 'never-started'"),
    (lambda _: {"redrive": "x", "manifest_s3": "y"}, "unknown field 'manifest_s3' in the input: known are redrive"),
    (lambda _: {"cancel": "never-started"}, "there is no batch 'never-started'"),
    (lambda _: {"cancel": 5}, '"cancel" is a number (5), expected text'),
    (lambda _: {"continue": "x"}, 'the input has "continue" but no "generation"'),
    (lambda _: {}, 'the input has no "manifest"'),
    (lambda _: [1], "the input is an array, expected an object"),
]


@pytest.mark.parametrize(("given", "says"), REFUSED, ids=[f"{n}-{says[:40]}" for n, (_, says) in enumerate(REFUSED)])
def test_bad_input_names_what_where_and_the_cure(app: App, given: Given, says: str) -> None:
    ended = app.run(given(app))
    assert (ended.status, ended.error) == ("FAILED", "BadInput")
    assert says in ended.cause
    assert ended.states() == ["Plan", "Explain bad input", "Bad input"]


def test_the_same_name_with_other_parameters_is_refused(app: App) -> None:
    manifest = app.upload("named.csv", GOOD)
    assert app.run({"manifest": manifest, "name": "named"}).status == "SUCCEEDED"
    ended = app.run({"manifest": manifest, "name": "named", "chunk_size": 7})
    assert (ended.status, ended.error) == ("FAILED", "BadInput")
    assert "the batch 'named' was planned at" in ended.cause
    assert 'with "chunk_size" = 500, this input says 7' in ended.cause
