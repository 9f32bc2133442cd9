"""Real flights as commits, and as the records in which the relay rings their bells."""

import base64
import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from typing import Any

from domain.flight_record import flight, flight_id
from domain.log_flight import UNKNOWN_AIRCRAFT
from domain.logbook import AIRCRAFT
from local import flights
from tallygate.batch import Item
from tallygate.deadline import Deadline
from tallygate.events.commit import Commit, new_commit_id
from tallygate.events.items import commit_item
from tallygate.events.stream_id import StreamId
from tallygate.projections.delivery import Record
from tallygate.relay.memory import MemoryTransport
from tallygate.relay.relay import Relay
from tallygate.relay.stream_record import StreamRecord
from tallygate.relay.transport import Transport

BATCH_RECORDS = 500  # of one invocation of a consumer: `consumer_batch_size` in stacks/environments.py
_AT = datetime(2013, 1, 1, tzinfo=UTC)


def rows(count: int | None = None) -> Iterator[Mapping[str, str]]:
    """The file's first rows, or all of them."""
    return csv.DictReader(line.decode() for line in flights.lines(count))


def commits(of: Iterable[Mapping[str, str]]) -> Iterator[Commit]:
    """A commit for each flight, as `work` makes them: one event, one command, versions from 1 in each stream."""
    heads: dict[StreamId, int] = {}
    for number, row in enumerate(of, start=1):
        tail = row["tailnum"]
        stream = AIRCRAFT.stream(UNKNOWN_AIRCRAFT if tail == "NA" else tail)
        heads[stream] = version = heads.get(stream, 0) + 1
        id = flight_id(row)
        event = AIRCRAFT.encode(flight(Item(id=id, data=row, line=number)))
        yield Commit(stream, version, new_commit_id(), (event,), (f"bench/{id}",), _AT)


@cache
def first_commits(count: int) -> tuple[Commit, ...]:
    """The commits of the file's first flights."""
    return tuple(commits(rows(count)))


@cache
def busiest(streams: int, each: int, count: int | None = None) -> Mapping[StreamId, tuple[Commit, ...]]:
    """The first commits of the aircraft that fly most, of the file's first flights or of all of them."""
    flown = Counter(row["tailnum"] for row in rows(count))
    most = {tail for tail, _ in flown.most_common(streams)}
    if len(most) < streams or min(flown[tail] for tail in most) < each:
        raise ValueError(f"there are no {streams} aircraft with {each} flights each: ask for less")
    found: dict[StreamId, tuple[Commit, ...]] = {}
    for commit in commits(row for row in rows(count) if row["tailnum"] in most):
        if commit.version <= each:
            found[commit.stream] = (*found.get(commit.stream, ()), commit)
    return found


def slices(count: int | None, size: int = 20_000) -> Iterator[Mapping[StreamId, Mapping[int, Commit]]]:
    """The file's first flights, or all of them, some at a time: by stream and version."""
    flown = commits(rows(count))
    while some := list(islice(flown, size)):
        found: dict[StreamId, dict[int, Commit]] = {}
        for commit in some:
            found.setdefault(commit.stream, {})[commit.version] = commit
        yield found


def stream_record(commit: Commit, number: int) -> StreamRecord:
    """A commit as DynamoDB Streams hands it to the relay."""
    item = {name: _in_json(value) for name, value in commit_item(commit).item.items()}
    keys = {name: item[name] for name in ("pk", "sk")}
    return {"eventName": "INSERT", "dynamodb": {"Keys": keys, "NewImage": item, "SequenceNumber": f"{number:021d}"}}


def ring(of: Iterable[Commit], transport: Transport) -> None:
    """Let the relay forward commits. Raises `RuntimeError` if it couldn't."""
    given = [stream_record(commit, number) for number, commit in enumerate(of)]
    forwarded = Relay(transport).forward(given, Deadline.after(60))
    if len(forwarded.bells) != len(given):
        raise RuntimeError(f"the relay forwarded {len(forwarded.bells)} of {len(given)}: {forwarded.trouble}")


def records(of: Iterable[Commit]) -> list[Record]:
    """The records that a consumer gets of these commits."""
    transport = MemoryTransport()
    ring(of, transport)
    return [
        Record(f"{number:056d}", record.partition_key, record.data) for number, record in enumerate(transport.records)
    ]


def batches(of: Sequence[Record], size: int = BATCH_RECORDS) -> Iterator[Sequence[Record]]:
    """Records as they are handed over."""
    return (of[start : start + size] for start in range(0, len(of), size))


def _in_json(value: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"B": base64.b64encode(value["B"]).decode()} if "B" in value else value
