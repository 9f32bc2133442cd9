"""The test: a batch, started twice under one name, whose count and effects must both be exact."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tallygate.batch.records import ChunkRecord, Outcome
from tallygate.batch.tally import Tally
from tallygate.deadline import Deadline
from tallygate.smoke.deployed import Deployed, Ended, Stream
from tallygate.smoke.errors import Inexact
from tallygate.smoke.trial import Trial

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Passed:
    """What was found exact."""

    batch: str
    items: int
    streams: int
    chunks: int


def smoke_test(deployed: Deployed, trial: Trial, until: Deadline) -> Passed:
    """Run the trial on an environment.

    Raises
    ------
    Inexact
        The batch or its effects are not as they must be; the message lists what was found.
    NotDeployed, Refused, TimedOut, Unavailable
    """
    given = trial.input(deployed.upload(trial.batch, trial.manifest()))
    first = deployed.run(trial.batch, given, until)
    _demand(trial, _ended(first, trial))
    records, streams = deployed.records(trial.batch), _streams(deployed, trial)
    _demand(trial, [*_counted(records, trial), *_entered(streams, trial)])
    second = deployed.run(f"{trial.batch}-again", given, until)
    _demand(trial, _again(first.output, second, streams, _streams(deployed, trial)))
    return Passed(trial.batch, trial.items, trial.streams, len(records))


def _streams(deployed: Deployed, trial: Trial) -> Mapping[str, Stream]:
    return {id: deployed.stream(id) for id in trial.expected()}


def _ended(ended: Ended, trial: Trial) -> Iterator[str]:
    """What is wrong with an execution's end and its report."""
    if ended.status != "SUCCEEDED":
        yield f"the execution ended as {ended.status}: {ended.why}"
        return
    report = {name: ended.output.get(name) for name in ("items", "ok", "failed", "abandoned")}
    expected = {"items": trial.items, "ok": trial.items, "failed": 0, "abandoned": 0}
    if report != expected:
        yield f"the report says {report}, expected {expected}"


def _counted(records: Sequence[ChunkRecord], trial: Trial) -> Iterator[str]:
    """What is wrong with the chunk records: each once, all done, together all items."""
    chunks = -(-trial.items // trial.chunk_size)
    if sorted(record.i for record in records) != list(range(chunks)):
        yield f"there are records of the chunks {[record.i for record in records]}, expected each of {chunks} once"
    if not_done := [record.i for record in records if record.outcome is not Outcome.DONE]:
        yield f"the chunks {not_done[:SHOWN]} are not done"
    if (tally := Tally.of(records)).ok != trial.items:
        yield f"the chunk records count {tally.ok} items ok, expected {trial.items}"


def _entered(streams: Mapping[str, Stream], trial: Trial) -> Iterator[str]:
    """What is wrong with the effects: each item in its stream, once."""
    for id, items in trial.expected().items():
        state = streams[id].state
        if len(state.items) != len(items) or set(state.items) != items:
            missing, more = sorted(items - set(state.items)), sorted(set(state.items) - items)
            yield (
                f"the stream {id} holds {len(state.items)} entries of {len(set(state.items))} items, expected "
                f"{len(items)} (missing {missing[:SHOWN]}, not its own {more[:SHOWN]})"
            )
        elif state.amount != sum(map(int, items)):
            yield f"the stream {id} sums to {state.amount}, expected {sum(map(int, items))}"


def _again(
    report: Mapping[str, Any], second: Ended, before: Mapping[str, Stream], after: Mapping[str, Stream]
) -> Iterator[str]:
    """What a second start under the same name has changed."""
    if second.status != "SUCCEEDED" or second.output != report:
        yield f"started again it ended as {second.status} with {second.output or second.why}, at first with {report}"
    if changed := [id for id in before if before[id] != after[id]]:
        yield f"started again it changed the streams {changed[:SHOWN]}"


def _demand(trial: Trial, wrong: Iterator[str] | Sequence[str]) -> None:
    if found := list(wrong):
        raise Inexact(f"the batch {trial.batch} is not exact: {'; '.join(found)}. Its records and streams are kept")
