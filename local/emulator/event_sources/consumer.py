"""What one mapping does with one shard: read, call the function, and see to what failed."""

import logging
import time
from collections import deque
from typing import Any

from local.emulator.event_sources.answer import failed_at
from local.emulator.event_sources.batch import Batch
from local.emulator.event_sources.destination import EXHAUSTED, TOO_OLD, Discarded, send
from local.emulator.event_sources.settings import FOREVER, Settings, retry_wait
from local.emulator.event_sources.shard import Shard

logger = logging.getLogger("lambda")


class Consumer:
    """One shard's records on their way to one function, in order: while a batch is not done, none passes it."""

    def __init__(self, shard: Shard) -> None:
        self.shard = shard
        self._emulator = shard.emulator
        self._batches: deque[Batch] = deque()
        self._end = 0
        self._due = 0.0

    def step(self) -> float | None:
        """Call the function at most once, within the shard's scope.

        Returns the seconds until there may be more to do, None if that depends on new records.
        """
        mapping = self.shard.mapping()
        function = mapping and self._function(mapping)
        if mapping is None or function is None:
            self._batches.clear()  # whoever comes back starts from the last position
            return None
        settings = Settings.of(mapping)
        if not self._batches and not self._read(mapping, settings):
            return None
        if (wait := self._due - time.monotonic()) > 0:
            return wait
        if self._batches and not self._discard_aged(function, settings):
            self._call(function, mapping, settings)
        return max(0.0, self._due - time.monotonic())

    def _function(self, mapping: dict[str, Any]) -> Any:  # noqa: ANN401
        return self._emulator._get_func_record_for_qualifier(  # noqa: SLF001
            mapping["FunctionName"], mapping.get("Qualifier")
        )[0]

    def _read(self, mapping: dict[str, Any], settings: Settings) -> bool:
        """Read a batch. What the filter drops is done; returns whether there was anything."""
        entries = self.shard.waiting(mapping, settings.batch_size)
        if not entries:
            return False
        self._end = entries[-1].position + 1
        matching = self._emulator._apply_filter_criteria([entry.record for entry in entries], mapping)  # noqa: SLF001
        kept = {id(record) for record in matching}
        if batch := tuple(entry for entry in entries if id(entry.record) in kept):
            self._batches.append(Batch(batch))
        else:
            self.shard.advance(self._end)
        return True

    def _call(self, function: Any, mapping: dict[str, Any], settings: Settings) -> None:  # noqa: ANN401
        batch = self._batches[0]
        result = self._emulator._execute_function(function, {"Records": [entry.record for entry in batch.entries]})  # noqa: SLF001
        if result.get("throttle"):
            self._go_on((batch.from_throttle(),))
            return
        if result.get("error"):
            failed: int | None = 0
            mapping["LastProcessingResult"] = "FAILED"
            logger.warning("ESM: %s failed: %s\n%s", mapping["FunctionName"], result.get("body"), result.get("log", ""))
        else:
            failed = failed_at(result.get("body"), batch) if settings.partial else None
            mapping["LastProcessingResult"] = f"OK - {len(batch.entries)} records"
        if failed is None:
            self._go_on(())
            return
        rest = batch.from_failure(failed, bisect=settings.bisect)
        if FOREVER < settings.retries < rest[0].failures:
            error = (result.get("function_error") or "Unhandled") if result.get("error") else ""
            self._discard(rest[0], EXHAUSTED, function, settings, error)
            rest = ()
        self._go_on(rest)

    def _go_on(self, rest: tuple[Batch, ...]) -> None:
        """Put `rest` in the place of the first batch."""
        self._batches.popleft()
        self._batches.extendleft(reversed(rest))
        self.shard.advance(self._batches[0].entries[0].position if self._batches else self._end)
        self._due = time.monotonic() + (retry_wait(rest[0].failures + rest[0].throttled) if rest else 0.0)

    def _discard_aged(self, function: Any, settings: Settings) -> bool:  # noqa: ANN401
        """Give up the first records of the first batch if they are too old; returns whether there were any."""
        batch = self._batches[0]
        aged = batch.aged(time.time(), settings.max_age) if settings.max_age > 0 else 0
        if not aged:
            return False
        old = Batch(batch.entries[:aged], tries=batch.tries)
        self._discard(old, TOO_OLD, function, settings, "Unhandled" if batch.failures else "")
        self._go_on((Batch(batch.entries[aged:]),) if aged < len(batch.entries) else ())
        return True

    def _discard(self, batch: Batch, condition: str, function: Any, settings: Settings, error: str) -> None:  # noqa: ANN401
        logger.warning("ESM: %s: %d records are given up", condition, len(batch.entries))
        if settings.destination:
            config = function.get("config") or function
            shard, arn = self.shard.key.shard, self.shard.stream_arn
            name = config.get("FunctionArn", "")
            send(settings.destination, Discarded(batch, condition, self.shard.kind, shard, arn, name, error).message())
