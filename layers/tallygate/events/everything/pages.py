"""Pages of a parallel Scan, by one thread for each segment."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from queue import Full, Queue
from typing import TYPE_CHECKING, Any

from tallygate.deadline import Deadline
from tallygate.events.items import Item
from tallygate.put_if_absent import resend

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import ScanOutputTypeDef

WAITING = 4  # pages between the threads and the reader, of 1 MB each; every thread holds one more
_LOOK_SECONDS = 0.1  # how often a thread that waits for room looks whether it is still wanted
_JOIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Page:
    """Items of one segment in its order.

    Parameters
    ----------
    segment : int
    items : list of Item
        Maybe none.
    last : bool
        The segment has no more.
    error : Exception or None
        Why there is no page.
    """

    segment: int
    items: list[Item]
    last: bool = False
    error: Exception | None = None


def pages(client: "DynamoDBClient", requests: Mapping[int, dict[str, Any]], *, page_seconds: float) -> Iterator[Page]:
    """All pages of some segments: each segment's in order, the segments in no order.

    Parameters
    ----------
    requests : mapping of int to dict
        The arguments of `Scan` by segment.
    page_seconds : float
        How long to try for a page.

    Raises
    ------
    Unavailable
        A page didn't come in time. Other errors as AWS gives them.
    """
    waiting: Queue[Page] = Queue(WAITING)
    stop = threading.Event()

    def work(segment: int, request: dict[str, Any]) -> None:
        try:
            for page in _segment(client, segment, request, page_seconds):
                if not _hand_over(waiting, page, stop):
                    return
        except Exception as exc:  # noqa: BLE001 (raised where the pages are read)
            _hand_over(waiting, Page(segment, [], error=exc), stop)

    threads = [threading.Thread(target=work, args=task, daemon=True, name="scan") for task in requests.items()]
    try:
        for thread in threads:
            thread.start()
        yield from _until_all_are_done(waiting.get, len(threads))
    finally:
        stop.set()
        for thread in threads:
            if thread.ident is not None:
                thread.join(_JOIN_SECONDS)


def _until_all_are_done(get: Callable[[], Page], running: int) -> Iterator[Page]:
    while running:
        page = get()
        if page.error is not None:
            raise page.error
        running -= page.last
        yield page


def _segment(client: "DynamoDBClient", segment: int, request: dict[str, Any], page_seconds: float) -> Iterator[Page]:
    start: dict[str, Any] = {}
    while True:

        def call(start: dict[str, Any] = start) -> "ScanOutputTypeDef":
            return client.scan(**{**request, **start})

        answer = resend(call, Deadline.after(page_seconds), what=f"the scan of {request['TableName']}")
        last = "LastEvaluatedKey" not in answer
        yield Page(segment, list(answer["Items"]), last=last)
        if last:
            return
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def _hand_over(waiting: "Queue[Page]", page: Page, stop: threading.Event) -> bool:
    """Wait for room; False if nobody reads any more."""
    while not stop.is_set():
        try:
            waiting.put(page, timeout=_LOOK_SECONDS)
        except Full:
            continue
        return True
    return False
