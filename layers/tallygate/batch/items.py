"""Batch records to DynamoDB items and back. Keys and attribute names are a storage format."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tallygate import clock
from tallygate.batch.records import (
    Cancellation,
    ChunkRecord,
    Failure,
    Manifest,
    Outcome,
    Progress,
    Report,
    Source,
    Status,
)
from tallygate.batch.work.bitmap import Bitmap
from tallygate.batch.work.handover import Handover

Item = Mapping[str, Any]


def partition(batch: str, shard: int) -> dict[str, Any]:
    """The partition key of one shard of a batch."""
    return {"S": f"batch#{batch}#{shard}"}


def key(manifest: Manifest, kind: str, i: int) -> dict[str, Any]:
    """The key of chunk i's record of a kind (`chunk`, `progress`)."""
    return {
        "pk": partition(manifest.batch, i % manifest.shards),
        "sk": {"S": f"g{manifest.generation}#{kind}#{i}"},
    }


def batch_key(batch: str, generation: int, name: str) -> dict[str, Any]:
    """The key of a record that the batch has once (`manifest`, `report`): shard 0."""
    return {"pk": partition(batch, 0), "sk": {"S": f"g{generation}#{name}"}}


def manifest_item(manifest: Manifest) -> dict[str, Any]:
    """The manifest record."""
    return batch_key(manifest.batch, manifest.generation, "manifest") | {
        "batch": {"S": manifest.batch},
        "generation": _number(manifest.generation),
        "items": _number(manifest.items),
        "chunk_size": _number(manifest.chunk_size),
        "chunks": _number(manifest.chunks),
        "shards": _number(manifest.shards),
        "columns": {"L": [{"S": column} for column in manifest.columns]},
        "source": _source(manifest.source),
        "index": _source(manifest.index),
        "since": _time(manifest.since),
        "started": _time(manifest.started),
        "deadline": _time(manifest.deadline),
        "parameters": {"S": json.dumps(manifest.parameters, sort_keys=True)},
        "planned_by": {"S": manifest.planned_by},
    }


def read_manifest(item: Item) -> Manifest:
    """The inverse of `manifest_item`."""
    return Manifest(
        batch=item["batch"]["S"],
        generation=int(item["generation"]["N"]),
        items=int(item["items"]["N"]),
        chunk_size=int(item["chunk_size"]["N"]),
        chunks=int(item["chunks"]["N"]),
        shards=int(item["shards"]["N"]),
        columns=tuple(column["S"] for column in item["columns"]["L"]),
        source=_read_source(item["source"]),
        index=_read_source(item["index"]),
        since=clock.from_text(item.get("since", item["started"])["S"]),  # release 0.1 had one generation
        started=clock.from_text(item["started"]["S"]),
        deadline=clock.from_text(item["deadline"]["S"]),
        parameters=json.loads(item["parameters"]["S"]),
        planned_by=item.get("planned_by", {"S": ""})["S"],
    )


def chunk_item(manifest: Manifest, record: ChunkRecord) -> dict[str, Any]:
    """A chunk record."""
    return key(manifest, "chunk", record.i) | {
        "i": _number(record.i),
        "outcome": {"S": record.outcome.value},
        "attempt": {"S": record.attempt},
        "ok": _number(record.ok),
        "failed": _number(record.failed),
        "abandoned": _number(record.abandoned),
        "failures": {"L": [{"M": _failure(one)} for one in record.failures]},
        "failures_key": {"S": record.failures_key},
        "at": _time(record.at),
    }


def read_chunk(item: Item) -> ChunkRecord:
    """The inverse of `chunk_item`."""
    return ChunkRecord(
        i=int(item["i"]["N"]),
        outcome=Outcome(item["outcome"]["S"]),
        attempt=item["attempt"]["S"],
        ok=int(item["ok"]["N"]),
        failed=int(item["failed"]["N"]),
        abandoned=int(item["abandoned"]["N"]),
        failures=tuple(_read_failure(one["M"]) for one in item["failures"]["L"]),
        failures_key=item["failures_key"]["S"],
        at=clock.from_text(item["at"]["S"]),
    )


def read_progress(item: Item) -> Progress:
    """A progress record; every attribute but the key may be missing."""
    return Progress(
        i=int(item["sk"]["S"].rsplit("#", 1)[1]),
        attempt=item.get("attempt", {}).get("S", ""),
        attempts=int(item.get("attempts", {}).get("N", 0)),
        lease_until=_read_time(item, "lease_until"),
        handover=_read_handover(item),
        dispatches=int(item.get("dispatches", {}).get("N", 0)),
        next_at=_read_time(item, "next_at"),
    )


def cancellation_item(manifest: Manifest, cancellation: Cancellation) -> dict[str, Any]:
    """The cancellation."""
    return batch_key(manifest.batch, manifest.generation, "cancel") | {
        "by": {"S": cancellation.by},
        "at": _time(cancellation.at),
    }


def read_cancellation(item: Item) -> Cancellation:
    """The inverse of `cancellation_item`."""
    return Cancellation(by=item["by"]["S"], at=clock.from_text(item["at"]["S"]))


def checkpoint_update(handover: Handover, until: datetime | None) -> tuple[str, dict[str, Any]]:
    """The update expression of a checkpoint, and its values; what is empty is not stored."""
    attributes = {"done": {"B": handover.done.to_bytes()}} | {
        name: attribute
        for name, attribute in (
            ("failed", {"L": [_error(error, numbers) for error, numbers in handover.failed.items()]}),
            ("in_flight", {"L": [_number(number) for number in handover.in_flight]}),
            ("kills", {"M": _strikes(handover.kills)}),
            ("overruns", {"M": _strikes(handover.overruns)}),
        )
        if any(attribute.values())
    }
    if handover.deaths:
        attributes["deaths"] = _number(handover.deaths)
    if until:
        attributes["lease_until"] = _time(until)
    gone = [name for name in _ADVANCING if name not in attributes]
    update = "SET " + ", ".join(f"{name} = :{name}" for name in attributes)
    return update + (" REMOVE " + ", ".join(gone) if gone else ""), {f":{n}": a for n, a in attributes.items()}


_ADVANCING = ("failed", "in_flight", "kills", "overruns", "deaths", "lease_until")


def _read_handover(item: Item) -> Handover:
    return Handover(
        done=Bitmap.from_bytes(item.get("done", {}).get("B", b"")),
        failed={
            one["M"]["error"]["S"]: Bitmap.from_bytes(one["M"]["items"]["B"])
            for one in item.get("failed", {}).get("L", [])
        },
        in_flight=tuple(int(number["N"]) for number in item.get("in_flight", {}).get("L", [])),
        kills=_read_strikes(item, "kills"),
        overruns=_read_strikes(item, "overruns"),
        deaths=int(item.get("deaths", {}).get("N", 0)),
    )


def report_item(manifest: Manifest, report: Report) -> dict[str, Any]:
    """The report."""
    return (
        batch_key(manifest.batch, manifest.generation, "report")
        | {
            "batch": {"S": report.batch},
            "generation": _number(report.generation),
            "items": _number(report.items),
            "ok": _number(report.ok),
            "failed": _number(report.failed),
            "abandoned": _number(report.abandoned),
            "status": {"S": report.status.value},
            "batch_items": _number(report.batch_items),
            "batch_ok": _number(report.batch_ok),
            "failures_key": {"S": report.failures_key},
            "at": _time(report.at),
        }
        | ({"remaining": _source(report.remaining)} if report.remaining else {})
    )


def read_report(item: Item) -> Report:
    """The inverse of `report_item`."""
    items, ok = int(item["items"]["N"]), int(item["ok"]["N"])
    before = Status.COMPLETE if ok == items else Status.PARTIAL  # release 0.1 had one generation, and no cancelling
    return Report(
        batch=item["batch"]["S"],
        generation=int(item["generation"]["N"]),
        items=items,
        ok=ok,
        failed=int(item["failed"]["N"]),
        abandoned=int(item["abandoned"]["N"]),
        status=Status(item.get("status", {"S": before})["S"]),
        batch_items=int(item.get("batch_items", item["items"])["N"]),
        batch_ok=int(item.get("batch_ok", item["ok"])["N"]),
        remaining=_read_source(item["remaining"]) if "remaining" in item else None,
        failures_key=item.get("failures_key", {"S": ""})["S"],
        at=clock.from_text(item["at"]["S"]),
    )


def _failure(failure: Failure) -> dict[str, Any]:
    number = {} if failure.number is None else {"number": _number(failure.number)}
    return {"id": {"S": failure.id}, "error": {"S": failure.error}} | number


def _read_failure(entry: Item) -> Failure:
    number = int(entry["number"]["N"]) if "number" in entry else None
    return Failure(entry["id"]["S"], entry["error"]["S"], number)


def _error(error: str, numbers: Bitmap) -> dict[str, Any]:
    return {"M": {"error": {"S": error}, "items": {"B": numbers.to_bytes()}}}


def _strikes(strikes: Mapping[int, int]) -> dict[str, Any]:
    return {str(number): _number(count) for number, count in strikes.items()}


def _read_strikes(item: Item, name: str) -> dict[int, int]:
    return {int(number): int(count["N"]) for number, count in item.get(name, {}).get("M", {}).items()}


def _number(value: int) -> dict[str, Any]:
    return {"N": str(value)}


def _time(at: datetime) -> dict[str, Any]:
    return {"S": clock.to_text(at)}


def _read_time(item: Item, name: str) -> datetime | None:
    return clock.from_text(item[name]["S"]) if name in item else None


def _source(source: Source) -> dict[str, Any]:
    return {"M": {name: {"S": getattr(source, name)} for name in ("bucket", "key", "version")}}


def _read_source(attribute: Item) -> Source:
    return Source(**{name: value["S"] for name, value in attribute["M"].items()})
