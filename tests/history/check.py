"""The judge: holds the clients' histories against the table. It shares no code with the store or with those who ran it.

    python -m tests.history.check FOLDER --endpoint URL --table NAME --appends N

Exit status 0 only if every finding is empty.
"""

import argparse
import sys
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import accumulate
from pathlib import Path

from tests.history.evidence import Call, Evidence, calls, commits

Finding = Callable[[Evidence], Iterator[str]]


def gaps(evidence: Evidence) -> Iterator[str]:
    """Versions are 1, 2, 3 … in every stream."""
    for stream, stored in evidence.by_stream.items():
        versions = [commit.version for commit in stored]
        if versions != list(range(1, len(versions) + 1)):
            missing = sorted(set(range(1, versions[-1] + 1)) - set(versions))
            yield f"{stream}: versions {missing[:5]} are missing of {versions[-1]}"


def doubled(evidence: Evidence) -> Iterator[str]:
    """No command took effect twice."""
    times = Counter((commit.stream, id) for commit in evidence.commits for id in commit.commands)
    yield from (f"{id} is in {count} commits of {stream}" for (stream, id), count in times.items() if count > 1)
    ops = Counter(commit.op for commit in evidence.commits if commit.op)
    yield from (f"the append {op} is stored {count} times" for op, count in ops.items() if count > 1)


def lost(evidence: Evidence) -> Iterator[str]:
    """What a client was told is stored is stored, as the client was told."""
    standing = {(commit.stream, commit.version): commit for commit in evidence.commits}
    for call in evidence.calls:
        if call.outcome != "ok" or call.version is None:
            continue
        commit = standing.get((call.stream, call.version))
        if commit is None:
            yield f"{call.op} was told version {call.version} of {call.stream}: there is none"
        elif call.command and (call.command not in commit.commands or call.commit != commit.commit):
            yield f"{call.op} was told that {call.command} is in {call.commit}: {commit.commit} has {commit.commands}"
        elif not call.command and call.op != commit.op:
            yield f"{call.op} was told version {call.version} of {call.stream}: it is {commit.op or commit.commands}'s"


def false_conflicts(evidence: Evidence) -> Iterator[str]:
    """Nobody was told of a conflict although the write had landed, nor with a winner that isn't there."""
    standing = {(commit.stream, commit.version): commit for commit in evidence.commits}
    landed = {commit.op for commit in evidence.commits}
    for call in evidence.calls:
        if call.outcome != "conflict" or call.version is None:
            continue
        if call.op in landed:
            yield f"{call.op} was told of a conflict, and is stored"
        winner = standing.get((call.stream, call.version))
        if winner is None or winner.commit != call.commit:
            yield f"{call.op} was told that {call.commit} has version {call.version} of {call.stream}: it has not"


def unknown_effects(evidence: Evidence) -> Iterator[str]:
    """Everything in the table was asked for by somebody."""
    asked = {(call.stream, call.command) for call in evidence.calls if call.command}
    ops = {call.op for call in evidence.calls}
    for commit in evidence.commits:
        unasked = [id for id in commit.commands if (commit.stream, id) not in asked]
        if unasked or (commit.op and commit.op not in ops) or not (commit.commands or commit.op):
            yield f"version {commit.version} of {commit.stream} holds what nobody asked for: {unasked or commit.op}"


def out_of_order(evidence: Evidence) -> Iterator[str]:
    """A call that began after another had ended on the same stream has the higher version, unless it was a repeat."""
    by_stream: dict[str, list[Call]] = defaultdict(list)
    for call in evidence.calls:
        if call.outcome == "ok" and call.ended is not None and call.version is not None:
            by_stream[call.stream].append(call)
    for stream, done in by_stream.items():
        done.sort(key=lambda call: call.ended or 0.0)
        ends = [call.ended or 0.0 for call in done]
        highest = list(accumulate((call.version or 0 for call in done), max))
        for call in done:
            before = bisect_right(ends, call.began)
            if before and not call.repeated and (call.version or 0) < highest[before - 1]:
                told = highest[before - 1]
                yield f"{call.op} began after version {told} of {stream} was told, and got {call.version}"


def wrong_sums(evidence: Evidence) -> Iterator[str]:
    """The balance of each stream is one for each command and append in it."""
    for stream, stored in evidence.by_stream.items():
        balance = sum(sum(commit.amounts) for commit in stored)
        effects = sum(len(commit.commands) + bool(commit.op) for commit in stored)
        if balance != effects:
            yield f"{stream}: a balance of {balance} of {effects} commands and appends"


def unsettled(evidence: Evidence) -> Iterator[str]:
    """Every command got an answer in the end: its clients went on until it did."""
    answered = {(call.stream, call.command) for call in evidence.calls if call.outcome == "ok"}
    commands = {(call.stream, call.command) for call in evidence.calls if call.command}
    yield from (f"{id} on {stream} never got an answer" for stream, id in sorted(commands - answered))


FINDINGS: tuple[Finding, ...] = (
    gaps,
    doubled,
    lost,
    false_conflicts,
    unknown_effects,
    out_of_order,
    wrong_sums,
    unsettled,
)


def effects(evidence: Evidence) -> tuple[int, int]:
    """How many commands and appends are stored, and how many appends nobody knows the outcome of and aren't."""
    stored = sum(len(commit.commands) + bool(commit.op) for commit in evidence.commits)
    ops = {commit.op for commit in evidence.commits}
    return stored, sum(call.outcome == "unknown" and call.op not in ops for call in evidence.calls)


def main(arguments: list[str]) -> int:
    """Judge, and say what was found."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--table", required=True)
    parser.add_argument("--appends", type=int, required=True)
    given = parser.parse_args(arguments)
    evidence = Evidence(calls(given.folder), commits(given.endpoint, given.table))
    outcomes = Counter(call.outcome for call in evidence.calls)
    print(f"{len(evidence.calls)} calls ({', '.join(f'{count} {name}' for name, count in outcomes.most_common())})")
    print(f"{len(evidence.commits)} commits in {len(evidence.by_stream)} streams")
    found = [f"{finding.__name__}: {what}" for finding in FINDINGS for what in finding(evidence)]
    stored, missing = effects(evidence)
    if stored + missing != given.appends:
        found.append(f"{stored} are stored and {missing} unknown and not stored, of {given.appends}")
    for what in found[:20]:
        print(what)
    verdict = "every command exactly once, no gap, no false answer" if not found else f"{len(found)} faults"
    print(f"{stored} of {given.appends} stored, {missing} unknown and not stored: {verdict}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
