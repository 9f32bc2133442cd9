"""Plan: from the input in the console to a manifest record and a chunk index, or to a clear refusal."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

import msgspec

from tallygate import clock
from tallygate.batch.cost.dry_run import dry_run
from tallygate.batch.errors import BadInput, InvariantBroken
from tallygate.batch.plan import generations
from tallygate.batch.plan.asked import Cancel, Continue, Redrive, asked
from tallygate.batch.plan.location import Location
from tallygate.batch.plan.manifest_maker import Generation, ManifestMaker
from tallygate.batch.plan.names import NAME
from tallygate.batch.plan.request import BatchRequest, demand_no_concurrency_of_a_queue
from tallygate.batch.records import Cancellation, Manifest, Report
from tallygate.batch.store import BatchStore
from tallygate.batch.worker import Worker


class Execution(msgspec.Struct, frozen=True, kw_only=True):
    """The state machine's execution that asks.

    Parameters
    ----------
    name : str
        The batch's id where the input gives none. A redriven execution has the same one.
    started : datetime
        UTC.
    """

    name: str
    started: datetime


class Planner:
    """Plans batches, and what is asked for about one that exists.

    Parameters
    ----------
    records : BatchStore
    maker : ManifestMaker
    workers : sequence of Worker
        What the domain offers; the first is the default.
    surroundings : mapping
        For estimates: fields of `BatchShape` such as `memory_mb`.
    """

    def __init__(
        self,
        records: BatchStore,
        maker: ManifestMaker,
        workers: Sequence[Worker],
        *,
        surroundings: Mapping[str, Any] = MappingProxyType({"memory_mb": 256}),
    ) -> None:
        self._records = records
        self._maker = maker
        self._workers = workers
        self._surroundings = surroundings

    def plan(self, raw: object, execution: Execution) -> dict[str, Any]:
        """Do what the input asks for. Asked for again, it comes to the same.

        Returns
        -------
        dict
            What the state machine goes on with; its `next` says where: `map`, `queue`, `wait`, `force` or `dry_run`.

        Raises
        ------
        BadInput
            Nothing was dispatched, and nothing is left that counts.
        """
        wanted = asked(raw, self._workers)
        match wanted:
            case BatchRequest():
                return self._start(wanted, execution)
            case Redrive():
                return self._redrive(wanted, execution)
            case Cancel():
                return self._cancel(wanted, execution)
            case Continue():
                return _state(generations.one(self._records, wanted.batch, wanted.generation), "wait")

    def _start(self, request: BatchRequest, execution: Execution) -> dict[str, Any]:
        batch = _batch_id(request, execution)
        if request.dry_run:
            return self._estimated(self._first(batch, request, execution), request.item_ms)
        standing = self._records.manifest(batch, 0)
        if standing is None:
            ours = self._first(batch, request, execution)
            standing = self._records.put_manifest(ours)
            if standing == ours:
                return _state(standing, standing.parameters["dispatch"])
        _same_parameters(standing, request.parameters())
        return self._dispatched(standing)

    def _estimated(self, manifest: Manifest, item_ms: float | None) -> dict[str, Any]:
        """What the batch would come to. There are a chunk index and maybe copies in S3, but no record."""
        told = dry_run(
            manifest.items, manifest.chunks, manifest.parameters, item_ms=item_ms, **self._surroundings
        ).to_json()
        return {"next": "dry_run", **told}

    def _first(self, batch: str, request: BatchRequest, execution: Execution) -> Manifest:
        return self._maker.make(
            Generation(
                batch=batch,
                number=0,
                manifest=request.manifest,
                parameters=request.parameters(),
                since=execution.started,
                started=execution.started,
                planned_by=execution.name,
                max_items=request.max_items,
            )
        )

    def _redrive(self, wanted: Redrive, execution: Execution) -> dict[str, Any]:
        before = generations.latest(self._records, wanted.batch)
        if mine := generations.planned_by(self._records, before, execution.name):
            return self._dispatched(mine)  # by an earlier try of this plan, however late this one is
        report = self._records.report(before)
        if report is None and before.generation > 0:
            _same_parameters(before, wanted.changes)
            return self._dispatched(before)  # this very redrive, asked for by another execution
        demand_no_concurrency_of_a_queue(wanted.changes, wanted.changes.get("dispatch", before.parameters["dispatch"]))
        standing = self._records.put_manifest(self._next(before, report, wanted, execution))
        _same_parameters(standing, wanted.changes)
        return self._dispatched(standing)

    def _next(self, before: Manifest, report: Report | None, wanted: Redrive, execution: Execution) -> Manifest:
        remaining, expected = _remaining(before, report)
        try:
            made = self._maker.make(
                Generation(
                    batch=before.batch,
                    number=before.generation + 1,
                    manifest=remaining,
                    parameters={**before.parameters, **wanted.changes},
                    since=before.since,
                    started=execution.started,
                    planned_by=execution.name,
                )
            )
        except BadInput as exc:
            raise BadInput(
                f"what batch {before.batch!r} left over can't be read, it is kept for 30 days: {exc}"
            ) from exc
        if made.items != expected:
            raise InvariantBroken(f"{remaining} has {made.items} items, {expected} are left: keep it and report this")
        return made

    def _cancel(self, wanted: Cancel, execution: Execution) -> dict[str, Any]:
        manifest = generations.latest(self._records, wanted.batch)
        cancelled = self._records.cancellation(manifest)
        report = self._records.report(manifest)
        if report is not None and cancelled is None:
            raise BadInput(f"batch {wanted.batch!r} has ended ({report.status}): there is nothing to cancel")
        self._records.put_cancellation(manifest, Cancellation(execution.name, execution.started))
        return _state(manifest, "force")

    def _dispatched(self, manifest: Manifest) -> dict[str, Any]:
        # What has its report would only be looked at by every worker; what is cancelled is not sent.
        ended = self._records.report(manifest) or self._records.cancellation(manifest)
        return _state(manifest, "wait" if ended else manifest.parameters["dispatch"])


def _batch_id(request: BatchRequest, execution: Execution) -> str:
    if request.name is None and not NAME.fullmatch(execution.name):
        raise BadInput(f"the execution's name {execution.name!r} can't be the batch's id: add \"name\" to the input")
    return request.name or execution.name


def _remaining(before: Manifest, report: Report | None) -> tuple[Location, int]:
    """The manifest of what is left over, and how many items it must have. Raises `BadInput` where there is none."""
    batch = f"batch {before.batch!r}"
    if report is None:
        raise BadInput(f'{batch} has no report yet: wait for its end, or end it with {{"cancel": "{before.batch}"}}')
    if report.ok == report.items:
        raise BadInput(f"{batch} is complete: all {report.batch_ok:,} items are ok, nothing is left to redrive")
    if report.remaining is None:
        raise BadInput(
            f"{batch} was worked on by a release before 0.2, which did not note where failed items stand: start a new "
            "batch with these items"
        )
    location = Location(bucket=report.remaining.bucket, key=report.remaining.key)
    return location, report.failed + report.abandoned


def _same_parameters(standing: Manifest, ours: Mapping[str, Any]) -> None:
    """Raises `BadInput` where the standing generation was planned with others."""
    for field, value in ours.items():
        if standing.parameters.get(field) != value:
            raise BadInput(
                f"the batch {standing.batch!r} was planned at {clock.to_text(standing.started)} with "
                f'"{field}" = {standing.parameters.get(field)!r}, this input says {value!r}: use another name, or the '
                "same parameters"
            )


def _state(manifest: Manifest, then: str) -> dict[str, Any]:
    return {
        "next": then,
        "batch": manifest.batch,
        "generation": manifest.generation,
        "items": manifest.items,
        "chunks": manifest.chunks,
        "shards": manifest.shards,
        "concurrency": manifest.parameters["concurrency"],
        "dispatch": manifest.parameters["dispatch"],
        "on_incomplete": manifest.parameters["on_incomplete"],
        "deadline": clock.to_text(manifest.deadline),
        "index": {"bucket": manifest.index.bucket, "key": manifest.index.key},
    }
