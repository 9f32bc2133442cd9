"""A backlog that waits while the consumers are off, and how long they take once they are on."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bench.fanout.counted import items
from bench.fanout.deployed import Deployed, settled
from bench.fanout.flights import ring
from local.deployment import COMMIT_STREAM, VIEWS_TABLE
from tallygate.events.commit import Commit
from tallygate.relay.kinesis import KinesisTransport

SECONDS = 240.0


@dataclass(frozen=True)
class Burst:
    """A backlog drained.

    Parameters
    ----------
    events, streams : int
    seconds : mapping of str to float
        By consumer: from the moment that all were on to the last commit applied.
    cpu_us : mapping of str to float
        Processor time of its processes per event.
    peak_mb : mapping of str to float
        Of each one's largest process, since it started.
    write_units : float
        Of the views table, per event and consumer.
    behind : int
        Rows that were not at their stream's head in the end.
    """

    events: int
    streams: int
    seconds: Mapping[str, float]
    cpu_us: Mapping[str, float]
    peak_mb: Mapping[str, float]
    write_units: float
    behind: int

    @property
    def per_second(self) -> float:
        """Events a second, by the slowest consumer."""
        return self.events / max(self.seconds.values())

    @property
    def applied_per_second(self) -> float:
        """What all consumers together applied a second: each event once for each of them."""
        return self.per_second * len(self.seconds)

    @property
    def puts_per_second(self) -> float:
        """Rows that all consumers together wrote a second; they are smaller than 1 KB."""
        return self.applied_per_second * self.write_units


def burst(deployed: Deployed, commits: Sequence[Commit], consumers: Sequence[str]) -> Burst:
    """Put commits into the stream by the relay while all consumers are off, then switch on these."""
    deployed.switch(deployed.functions, on=False)
    ring(commits, KinesisTransport(COMMIT_STREAM, deployed.kinesis))
    deployed.heard()  # what came before
    before = {consumer: deployed.process(consumer).cpu_seconds for consumer in consumers}
    deployed.emulator.reset_meter()
    deployed.switch(consumers, on=True)
    began = time.time()
    heard = settled(deployed, dict.fromkeys(consumers, len(commits)), SECONDS)
    last = {consumer: max(one.at for one in heard if one.consumer == consumer) for consumer in consumers}
    processes = {consumer: deployed.process(consumer) for consumer in consumers}
    puts = deployed.emulator.meter()["tables"][VIEWS_TABLE]["PutItem"]
    return Burst(
        len(commits),
        len({commit.stream for commit in commits}),
        {consumer: at - began for consumer, at in last.items()},
        {name: 1e6 * (one.cpu_seconds - before[name]) / len(commits) for name, one in processes.items()},
        {name: one.peak_mb for name, one in processes.items()},
        puts["write_units"] / len(commits) / len(consumers),
        _behind(deployed, commits, consumers),
    )


def _behind(deployed: Deployed, commits: Iterable[Commit], consumers: Sequence[str]) -> int:
    heads = {commit.stream: commit.version for commit in commits}
    have = {
        (item["pk"]["S"].partition("#")[0], item["sk"]["S"]): int(item["version"]["N"])
        for item in items(deployed.dynamodb, VIEWS_TABLE)
        if "version" in item
    }
    return sum(have.get((name, stream), 0) != head for name in consumers for stream, head in heads.items())
