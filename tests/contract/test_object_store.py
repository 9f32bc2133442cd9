"""What every object store promises."""

import pytest

from tallygate.batch.errors import BadInput
from tallygate.batch.location import Location
from tallygate.batch.objects import ObjectStore
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


def test_a_version_stays_what_it_was_when_the_object_is_overwritten(object_store: Store) -> None:
    store, upload = object_store
    upload(HERE, CONTENT)
    opened = store.open(HERE)
    assert opened.source.version
    upload(HERE, b"something else")
    assert store.read(opened.source) == CONTENT


def test_an_object_without_versions_is_adopted(object_store: Store) -> None:
    store, upload = object_store
    there = Location(bucket=UNVERSIONED, key="items.csv")
    upload(there, CONTENT)
    opened = store.open(there)
    assert opened.source.version == ""
    adopted = store.adopt(opened, "batches/b1/manifest.csv")
    upload(there, b"something else")
    assert (adopted.source.bucket, adopted.source.key) == (BUCKET, "batches/b1/manifest.csv")
    assert adopted.source.version
    assert b"".join(adopted.blocks) == CONTENT
    assert store.read(adopted.source) == CONTENT


def test_what_was_put_is_read_back(object_store: Store) -> None:
    store, _ = object_store
    assert store.read(store.put("batches/b1/index.json", b"[]")) == b"[]"


@pytest.mark.parametrize("location", [Location(bucket=BUCKET, key="no.csv"), Location(bucket="no-bucket", key="x.csv")])
def test_what_does_not_exist_says_so(object_store: Store, location: Location) -> None:
    store, _ = object_store
    with pytest.raises(BadInput, match=r"does not exist.*mend"):
        store.open(location)
