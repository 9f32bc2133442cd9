"""The loop over all mappings, in place of the emulator's own: a thread for each shard, or all of them in turn."""

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from local.emulator.event_sources import dynamodb, kinesis
from local.emulator.event_sources.consumer import Consumer
from local.emulator.event_sources.shard import Key, Shard, enabled, scope
from local.emulator.event_sources.switches import SWITCHES
from local.emulator.event_sources.wake import WAKE
from local.emulator.patching import module, wrap

if TYPE_CHECKING:
    from threading import Thread

PATIENCE_SECONDS = 1.0
IN_VAIN_SECONDS = 0.01
"""The wait after a wake-up for nothing: a busy table must not cost the others' consumers the processor."""


class Pollers:
    """All consumers of one service. `poll` is called by the emulator's loop, after each wake-up and each second."""

    def __init__(self, service: str, shards: Callable[[str, str, dict[str, Any]], Iterator[Shard]]) -> None:
        self._service = service
        self._shards = shards
        self._consumers: dict[Key, Consumer] = {}
        self._threads: dict[Key, Thread] = {}

    def poll(self) -> bool:
        """See to every shard of every mapping. Returns whether there may be more to do at once."""
        found = {shard.key: shard for shard in self._found()}
        return self._apart(found) if SWITCHES.event_sources_apart else self._in_turn(found)

    def _apart(self, found: dict[Key, Shard]) -> bool:
        """Start a thread for each shard that has none; one whose mapping is gone or disabled ends by itself."""
        self._threads = {key: thread for key, thread in self._threads.items() if thread.is_alive()}
        for key in found.keys() - self._threads.keys():
            self._threads[key] = module("core.concurrency").spawn_background(
                consume, Consumer(found[key]), thread_name=f"tallygate-{key.mapping[:8]}-{key.shard}"
            )
        return False

    def _in_turn(self, found: dict[Key, Shard]) -> bool:
        """Let each take a step, as the emulator's own loop does."""
        self._consumers = {key: self._consumers.get(key) or Consumer(shard) for key, shard in found.items()}
        waits = []
        for consumer in self._consumers.values():
            with consumer.shard.scope():
                waits.append(consumer.step())
        return 0.0 in waits

    def _found(self) -> Iterator[Shard]:
        for account, region, mapping in module("services.lambda_svc")._iter_all_esms():  # noqa: SLF001
            if f":{self._service}:" in mapping.get("EventSourceArn", "") and enabled(mapping):
                with scope(account, region):
                    yield from list(self._shards(account, region, mapping))


def consume(consumer: Consumer) -> None:
    """Take steps until the mapping is gone or disabled."""
    in_vain = False
    with consumer.shard.scope():
        while consumer.shard.mapping() is not None:
            seen = WAKE.number  # before we look: what comes while we do is not missed
            wait = consumer.step()
            if wait is None:
                time.sleep(IN_VAIN_SECONDS if in_vain else 0)
                WAKE.later_than(seen, PATIENCE_SECONDS)
            else:
                time.sleep(wait)
            in_vain = wait is None


def install() -> None:
    """Replace the emulator's two loops over streams. May be called more than once."""
    emulator: Any = module("services.lambda_svc")
    if getattr(emulator, "tallygate_pollers", None):
        return
    emulator.tallygate_pollers = pollers = (Pollers("kinesis", kinesis.shards), Pollers("dynamodb", dynamodb.shards))
    emulator._poll_kinesis, emulator._poll_dynamodb_streams = (each.poll for each in pollers)  # noqa: SLF001
    kinesis.install()
    wake = module("core.concurrency").esm_wake
    wrap(wake, "set", WAKE.following)
    wrap(emulator, "_ensure_poller", lambda ensure: after(ensure, wake.set))


def after(first: Callable[[], None], then: Callable[[], None]) -> Callable[[], None]:
    """Return a function that does both: a mapping that was just made is polled at once."""

    def both() -> None:
        first()
        then()

    return both
