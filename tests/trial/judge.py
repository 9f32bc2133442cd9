"""The judge: holds the tables against one another. It shares no code with the library.

Each finding yields what is wrong; all of them empty: exact.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from tests.history import check
from tests.history.evidence import Call, Stored
from tests.history.evidence import Evidence as History
from tests.trial.evidence import Commit, Generation
from tests.trial.plan import IN_A_ROW, STREAMS

EFFECTS = "taken-"
REPORTS = "batch-"
HISTORY = (check.gaps, check.doubled, check.unknown_effects, check.wrong_sums)


@dataclass(frozen=True)
class Case:
    """Everything that is judged."""

    generations: Sequence[Generation]
    commits: Sequence[Commit]

    @cached_property
    def batches(self) -> Mapping[str, list[Generation]]:
        """Generations by batch, in order."""
        found: dict[str, list[Generation]] = defaultdict(list)
        for generation in self.generations:
            found[generation.batch].append(generation)
        return found

    @cached_property
    def effects(self) -> Mapping[str, Counter[str]]:
        """By batch: how often each item took effect."""
        found: dict[str, Counter[str]] = defaultdict(Counter)
        for commit in self.commits:
            if commit.stream.startswith(EFFECTS):
                for event in commit.events:
                    found[event["data"]["batch"]][event["data"]["item"]] += 1
        return found

    @cached_property
    def releases(self) -> Mapping[str, Counter[int]]:
        """By batch: effects of each release of the domain."""
        found: dict[str, Counter[int]] = defaultdict(Counter)
        for commit in self.commits:
            if commit.stream.startswith(EFFECTS):
                for event in commit.events:
                    found[event["data"]["batch"]][event["data"]["release"]] += 1
        return found


Finding = Callable[[Case], Iterator[str]]


def uneven_records(case: Case) -> Iterator[str]:
    """A chunk has one record at most, which holds each of its items once, as ok, failed or abandoned."""
    for generation in case.generations:
        for i, record in generation.records.items():
            if i >= len(generation.sizes):
                yield f"{generation.name}: a record of chunk {i}, which there is not"
                continue
            counts = [int(record[what]) for what in ("ok", "failed", "abandoned")]
            if sum(counts) != generation.sizes[i] or generation.sizes[i] != len(generation.ids[i]):
                yield f"{generation.name}: chunk {i} of {generation.sizes[i]} items has {counts}"
            if (record["outcome"] == "ABANDONED") != (counts[2] > 0) or (counts[2] and sum(counts[:2])):
                yield f"{generation.name}: chunk {i} is {record['outcome']} with {counts}"
            failed = {id for id, _ in generation.failures[i]}
            if len(failed) != counts[1] or failed - set(generation.ids[i]):
                yield f"{generation.name}: chunk {i} has {counts[1]} failed, and names {sorted(failed)[:5]}"


def wrong_sums(case: Case) -> Iterator[str]:
    """Where there is a report, every chunk has a record, and ok + failed + abandoned = N."""
    for generation in (one for one in case.generations if one.report is not None):
        items, chunks = int(generation.manifest["items"]), int(generation.manifest["chunks"])
        if sorted(generation.records) != list(range(chunks)):
            yield f"{generation.name}: reported with {len(generation.records)} of {chunks} chunks"
        counts = {what: generation.total(what) for what in ("ok", "failed", "abandoned")}
        if sum(counts.values()) != items:
            yield f"{generation.name}: {counts} are not {items} items"


def false_reports(case: Case) -> Iterator[str]:
    """A report is the fold over the records, and over the generations."""
    for batch in case.batches.values():
        ok_before = 0
        for generation in batch:
            if (report := generation.report) is None:
                continue
            folded = {what: generation.total(what) for what in ("ok", "failed", "abandoned")}
            ok_before += folded["ok"]
            wanted = folded | {
                "items": int(generation.manifest["items"]),
                "batch_items": int(batch[0].manifest["items"]),
                "batch_ok": ok_before,
            }
            said = {what: int(report[what]) for what in wanted}
            if said != wanted:
                yield f"{generation.name}: the report says {said}, the records {wanted}"
            if (report["status"] == "complete") != (folded["ok"] == wanted["items"]):
                yield f"{generation.name}: {report['status']} with {folded}"


def untold_reports(case: Case) -> Iterator[str]:
    """Each report is one event, with the same totals."""
    told: dict[tuple[str, int], list[dict[str, object]]] = defaultdict(list)
    for commit in (one for one in case.commits if one.stream.startswith(REPORTS)):
        for event in commit.events:
            told[event["data"]["batch"], event["data"]["generation"]].append(event["data"])
    for generation in (one for one in case.generations if one.report is not None):
        events = told.pop((generation.batch, generation.number), [])
        said = [{what: int(event[what]) for what in ("ok", "failed", "abandoned")} for event in events]  # type: ignore[call-overload]
        if said != [{what: generation.total(what) for what in ("ok", "failed", "abandoned")}]:
            yield f"{generation.name}: told as {said}"
    yield from (f"{batch} g{number}: told, and there is no report" for batch, number in told)


def broken_line(case: Case) -> Iterator[str]:
    """A generation works on what the one before left: failed + abandoned, item by item; nothing is ok twice."""
    for batch in case.batches.values():
        for before, after in pairwise(batch):
            ids = [id for chunk in after.ids for id in chunk]
            left = before.total("failed") + before.total("abandoned")
            if before.report is None or len(ids) != left or set(ids) != before.left():
                yield f"{after.name}: {len(ids)} items, {left} were left by g{before.number}"
        twice = [id for id, n in Counter(id for one in batch for id in one.ok_items()).items() if n > 1]
        if twice:
            yield f"{batch[0].batch}: {len(twice)} items are ok twice, such as {twice[:5]}"


def wrong_effects(case: Case) -> Iterator[str]:
    """An item that is ok took effect once; any other at most once; and nothing else took effect."""
    for name, batch in case.batches.items():
        effects, asked = case.effects[name], {id for chunk in batch[0].ids for id in chunk}
        ok = {id for generation in batch for id in generation.ok_items()}
        for what, found in (
            ("are ok without effect", ok - effects.keys()),
            ("took effect more than once", {id for id, times in effects.items() if times > 1}),
            ("took effect and were not asked for", effects.keys() - asked),
        ):
            if found:
                yield f"{name}: {len(found)} items {what}, such as {sorted(found)[:5]}"
    yield from (f"effects of {name}, which there is not" for name in case.effects.keys() - case.batches.keys())


def history(case: Case) -> Iterator[str]:
    """What the judge of clients' histories says: no gap, no command twice, nothing that nobody asked for."""
    asked = tuple(
        Call(f"{name}/{id}", "execute", _stream(id), f"{name}/{id}", 0.0, 1.0, "ok")
        for name, batch in case.batches.items()
        for chunk in batch[0].ids
        for id in chunk
    )
    stored = tuple(
        Stored(commit.stream, commit.version, commit.id, commit.commands, (1,) * len(commit.events), "")
        for commit in case.commits
        if commit.stream.startswith(EFFECTS)
    )
    evidence = History(asked, stored)
    for finding in HISTORY:
        yield from (f"{finding.__name__}: {what}" for what in finding(evidence))


def _stream(id: str) -> str:
    return f"{EFFECTS}{int(id) // IN_A_ROW % STREAMS}"


FINDINGS: tuple[Finding, ...] = (
    uneven_records,
    wrong_sums,
    false_reports,
    untold_reports,
    broken_line,
    wrong_effects,
    history,
)

MEANWHILE = tuple(finding for finding in FINDINGS if finding is not untold_reports)
"""What holds at any time, if the batches table is read before the events table: a report is put, then told."""


def problems(case: Case, findings: Sequence[Finding] = FINDINGS) -> list[str]:
    """What these findings find."""
    return [f"{finding.__name__}: {what}" for finding in findings for what in finding(case)]
