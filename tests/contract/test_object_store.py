"""What every object store promises."""

from collections.abc import Iterator

import pytest

from tallygate.batch.errors import BadInput
from tallygate.batch.objects import ObjectStore
from tallygate.batch.plan.location import Location
from tallygate.batch.s3_upload import PART_BYTES
from tests.contract.conftest import BUCKET, UNVERSIONED, Upload

Store = tuple[ObjectStore, Upload]
HERE = Location(bucket=BUCKET, key="manifests/items.csv")
CONTENT = b"id\n" + b"".join(b"%d\n" % n for n in range(1000))


def test_an_object_is_read_whole_and_in_part(object_store: Store) -> None:
    store, upload = object_store
    upload(HERE, CONTENT)
    opened = store.open(HERE)
    assert b"".join(opened.blocks) == CONTENT
    assert store.read(opened.source) == CONTENT
    assert store.read(opened.source, 3, 9) == CONTENT[3:9]
    assert store.read(opened.source, 3880) == CONTENT[3880:]


def test_a_part_beyond_the_end_is_empty(object_store: Store) -> None:
    store, upload = object_store
    upload(HERE, CONTENT)
    source = store.open(HERE).source
    assert store.read(source, len(CONTENT) - 1, len(CONTENT) + 9) == CONTENT[-1:]
    assert store.read(source, len(CONTENT), len(CONTENT) + 9) == b""
    assert store.read(source, 10 * len(CONTENT), 11 * len(CONTENT)) == b""


def test_a_version_stays_what_it_was_when_the_object_is_overwritten(object_store: Store) -> None:
    store, upload = object_store
    upload(HERE, CONTENT)
    opened = store.open(HERE)
    assert opened.source.version
    upload(HERE, b"something else")
    assert store.read(opened.source) == CONTENT


def test_an_object_without_versions_says_so(object_store: Store) -> None:
    store, upload = object_store
    there = Location(bucket=UNVERSIONED, key="items.csv")
    upload(there, CONTENT)
    opened = store.open(there)
    assert opened.source.version == ""
    assert b"".join(opened.blocks) == CONTENT
    assert store.read(opened.source, 3, 9) == CONTENT[3:9]


def test_what_was_put_is_read_back(object_store: Store) -> None:
    store, _ = object_store
    assert store.read(store.put("batches/b1/index.json", b"[]")) == b"[]"


@pytest.mark.parametrize("size", [0, 1, PART_BYTES - 1, PART_BYTES, 2 * PART_BYTES, 2 * PART_BYTES + 1])
def test_what_was_written_in_blocks_is_read_back(object_store: Store, size: int) -> None:
    store, _ = object_store
    content = bytes(size)
    blocks = (content[at : at + 1024 * 1024] for at in range(0, size, 1024 * 1024))
    source = store.write(f"batches/b1/{size}.csv", blocks)
    assert (source.bucket, source.key) == (BUCKET, f"batches/b1/{size}.csv")
    assert source.version
    assert b"".join(store.open(Location(bucket=BUCKET, key=source.key)).blocks) == content
    assert size == 0 or store.read(source, size - 1, size + 1000) == b"\0"


@pytest.mark.parametrize("good", [1, 3])
def test_what_the_blocks_raise_leaves_no_object(object_store: Store, good: int) -> None:
    store, _ = object_store

    def blocks() -> Iterator[bytes]:
        yield from [bytes(PART_BYTES)] * good
        raise BadInput("line 7 is bad")

    with pytest.raises(BadInput, match="line 7 is bad"):
        store.write("batches/b1/bad.csv", blocks())
    with pytest.raises(BadInput, match="does not exist"):
        store.open(Location(bucket=BUCKET, key="batches/b1/bad.csv"))


@pytest.mark.parametrize("location", [Location(bucket=BUCKET, key="no.csv"), Location(bucket="no-bucket", key="x.csv")])
def test_what_does_not_exist_says_so(object_store: Store, location: Location) -> None:
    store, _ = object_store
    with pytest.raises(BadInput, match=r"does not exist.*mend"):
        store.open(location)
