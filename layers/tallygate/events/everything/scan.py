"""Every commit of a table, read from the table itself."""

from typing import TYPE_CHECKING, Any

from tallygate.errors import InvalidInput
from tallygate.events.everything.checkpoint import Checkpoint, Place
from tallygate.events.everything.errors import NoFetch
from tallygate.events.everything.pages import pages
from tallygate.events.everything.reading import Reading, Sequences
from tallygate.events.items import SNAPSHOT_SORT_KEY, Fetch, read_commit

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MAX_SEGMENTS = 64  # a thread and a connection each
PAGE_SECONDS = 30.0


def scan(
    client: "DynamoDBClient",
    table: str,
    *,
    segments: int = 8,
    consistent: bool = True,
    fetch: Fetch | None = None,
    after: str = "",
    page_seconds: float = PAGE_SECONDS,
) -> Reading:
    """Every commit of a table by a parallel Scan: each stream in order, the streams in no order.

    A scan is no picture of one moment. It has every commit that was stored before it began, and of those stored
    meanwhile, none or some: where a stream has them, in order. Of a stream that was passed before a checkpoint, commits
    stored since don't come when reading on from it.

    Parameters
    ----------
    client : DynamoDBClient
    table : str
        The events table's name.
    segments : int
        Read at the same time, a thread each.
    consistent : bool
        False: half the price, and what was stored in the last moments before the scan may be missing.
    fetch : callable, optional
        An overflow object by its key; called by the reading thread. None: such a commit is an error.
    after : str
        A checkpoint of an earlier reading of the same table, with as many segments.
    page_seconds : float
        How long to try for a page while DynamoDB throttles or doesn't answer.

    Raises
    ------
    InvalidInput, WrongCheckpoint
        Before anything is read.
    CorruptStream, NoFetch, Unavailable
        While it is read. Take the checkpoint and read on from it later: an error covers nothing more.
    """
    if not 1 <= segments <= MAX_SEGMENTS:
        raise InvalidInput(f"{segments} segments: give a number from 1 to {MAX_SEGMENTS}")
    checkpoint = Checkpoint.begin("scan", table, segments, after=after)
    requests = {
        segment: _request(table, segment, segments, place, consistent=consistent)
        for segment, place in enumerate(checkpoint.places)
        if not place.done
    }
    return Reading(_sequences(client, requests, fetch or no_overflow, page_seconds), checkpoint)


def no_overflow(key: str) -> bytes:
    """The `fetch` of who gave none."""
    raise NoFetch(f"a commit's events are in the overflow bucket ({key}): give `fetch`, which reads it there")


def _sequences(
    client: "DynamoDBClient", requests: dict[int, dict[str, Any]], fetch: Fetch, page_seconds: float
) -> Sequences:
    for page in pages(client, requests, page_seconds=page_seconds):
        # Here, not in the threads: so one commit at a time is in memory as events, which may be many times its item.
        for item in page.items:
            yield page.segment, read_commit(item, fetch)
        if page.last:
            yield page.segment, None


def _request(table: str, segment: int, segments: int, place: Place, *, consistent: bool) -> dict[str, Any]:
    request = {
        "TableName": table,
        "Segment": segment,
        "TotalSegments": segments,
        "ConsistentRead": consistent,
        "FilterExpression": "sk > :snapshot",
        "ExpressionAttributeValues": {":snapshot": {"N": SNAPSHOT_SORT_KEY}},
    }
    if place.stream:
        request["ExclusiveStartKey"] = {"pk": {"S": place.stream}, "sk": {"N": str(place.version)}}
    return request
