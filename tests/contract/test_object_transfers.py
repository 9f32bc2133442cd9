"""Transfers that break off in the middle, on a server that does so, and uploads whose answers are lost."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws
from mypy_boto3_s3 import S3Client

from tallygate import aws
from tallygate.batch.errors import BadInput
from tallygate.batch.plan.location import Location
from tallygate.batch.s3_objects import MAX_TRIES, S3ObjectStore
from tallygate.batch.s3_upload import PART_BYTES
from tallygate.errors import Unavailable
from tests.conftest import ANYBODY

CONTENT = b"".join(b"%d\n" % n for n in range(400_000))
HERE = Location(bucket="theirs", key="items.csv")


@dataclass
class Breaking:
    """Serves one object; each answer ends after so many bytes, the last of them every further one.

    Parameters
    ----------
    after : sequence of int
    version : str
        Empty: the bucket keeps none.
    changes : bool
        Whether the object is another one after the first answer.
    """

    after: Sequence[int]
    version: str = "v1"
    changes: bool = False
    asked: list[str] = field(default_factory=list)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.asked.append(request.path + " " + request.headers.get("Range", ""))
        tag = '"2"' if self.changes and len(self.asked) > 1 else '"1"'
        if request.headers.get("If-Match", tag) != tag:
            request.send_response(412)
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        start = int(re.sub(r"\D", "", request.headers.get("Range", "0")))
        request.send_response(206 if start else 200)
        request.send_header("Content-Length", str(len(CONTENT) - start))
        request.send_header("ETag", tag)
        if self.version:
            request.send_header("x-amz-version-id", self.version)
        request.end_headers()
        most = self.after[min(len(self.asked), len(self.after)) - 1]
        request.wfile.write(CONTENT[start : start + most])
        request.close_connection = True

    @contextmanager
    def serving(self) -> Iterator[S3ObjectStore]:
        breaking = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                breaking.answer(self)

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing is printed."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            endpoint = f"http://127.0.0.1:{server.server_port}"
            yield S3ObjectStore("ours", boto3.client("s3", endpoint_url=endpoint, config=aws.config(), **ANYBODY))
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


@pytest.mark.parametrize("version", ["v1", ""], ids=["versioned", "unversioned"])
def test_a_transfer_that_breaks_off_goes_on_where_it_was(version: str) -> None:
    breaking = Breaking(after=[100_000, 1_300_000, 1, 10**9], version=version)
    with breaking.serving() as store:
        assert b"".join(store.open(HERE).blocks) == CONTENT
    assert len(breaking.asked) == 4
    assert all(("versionId=v1" in path) == bool(version) for path in breaking.asked[1:])


def test_one_that_gets_nowhere_is_given_up() -> None:
    breaking = Breaking(after=[5, 0])
    with breaking.serving() as store, pytest.raises(Unavailable, match=r"broke off .*: start the same batch again"):
        list(store.open(HERE).blocks)
    assert len(breaking.asked) == MAX_TRIES + 1


def test_another_content_is_not_read_on() -> None:
    with (
        Breaking(after=[100_000, 10**9], version="", changes=True).serving() as store,
        pytest.raises(Unavailable, match=r"broke off .*412"),
    ):
        list(store.open(HERE).blocks)


@pytest.fixture
def client() -> Iterator[S3Client]:
    with mock_aws():
        client = boto3.client("s3", config=aws.config(), **ANYBODY)
        client.create_bucket(Bucket="ours")
        client.put_bucket_versioning(Bucket="ours", VersioningConfiguration={"Status": "Enabled"})
        yield client


def test_a_failed_upload_leaves_no_parts(client: S3Client) -> None:
    def blocks() -> Iterator[bytes]:
        yield bytes(PART_BYTES)
        yield bytes(PART_BYTES)
        assert len(client.list_multipart_uploads(Bucket="ours")["Uploads"]) == 1
        raise BadInput("line 7 is bad")

    with pytest.raises(BadInput):
        S3ObjectStore("ours", client).write("k", blocks())
    assert "Uploads" not in client.list_multipart_uploads(Bucket="ours")


def test_an_upload_whose_end_was_not_answered_has_ended(client: S3Client) -> None:
    lost: list[str] = []

    def lose(**_: Any) -> None:
        """The answer has come; the client is told that none has."""
        if not lost:
            lost.append("answer")
            raise aws.Unanswered("lost")

    client.meta.events.register("after-call.s3.CompleteMultipartUpload", lose)
    source = S3ObjectStore("ours", client).write("k", [bytes(PART_BYTES), b"end"])
    assert lost
    assert source.version
    assert S3ObjectStore("ours", client).read(source, PART_BYTES) == b"end"


def test_a_service_that_has_forgotten_an_ended_upload_is_asked_for_the_object() -> None:
    """S3 may say to the second completion that there is no such upload: the first one, unanswered, ended it."""
    client = boto3.client("s3", config=aws.config(), **ANYBODY)
    with Stubber(client) as stubbed:
        stubbed.add_response("create_multipart_upload", {"UploadId": "u1"})
        stubbed.add_response("upload_part", {"ETag": "1"})
        stubbed.add_client_error("complete_multipart_upload", "InternalError", http_status_code=500)
        stubbed.add_client_error("complete_multipart_upload", "NoSuchUpload", http_status_code=404)
        stubbed.add_response("head_object", {"VersionId": "v1"})
        source = S3ObjectStore("ours", client).write("k", [bytes(PART_BYTES)])
        stubbed.assert_no_pending_responses()
    assert source.version == "v1"
