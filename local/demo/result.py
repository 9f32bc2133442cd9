"""What a run came to: the demo's last line, and the sentences before it."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local.demo.batch_run import BatchRun, Transitions
from local.demo.read_models import ReadModels
from local.demo.tally import Tally
from local.deployment import PREFIX
from local.flights import Truth
from local.view_truth import Views


@dataclass(frozen=True, kw_only=True)
class Result:
    """A batch that ended, everything counted about it, and the truth."""

    batch: BatchRun
    history: Transitions
    tally: Tally
    truth: Truth
    views: ReadModels
    view_truth: Views
    meter: Mapping[str, Any]
    raw_puts: float

    def differences(self) -> list[str]:
        """Say what is not exact: nothing, if everything is."""
        report = {name: self.reported(name) for name in ("items", "ok", "failed", "abandoned")}
        found = self.tally.differences(self.truth)
        if report["items"] != self.truth.items:
            found.append(f"items: {report['items']} in the report, {self.truth.items} in the file")
        if report["ok"] + report["failed"] + report["abandoned"] != report["items"]:
            found.append(f"ok + failed + abandoned is not items: {report}")
        if report["ok"] != self.truth.items:
            found.append(f"ok: {report['ok']} in the report, {self.truth.items} in the file")
        return found

    def view_differences(self) -> list[str]:
        """Say what of the views is not exact: nothing, if everything is."""
        return self.views.differences(self.view_truth)

    def reported(self, name: str) -> int:
        """Return a number of the batch's report."""
        return int(self.batch.output[name])

    def line(self) -> str:
        """Return the last line on standard output."""
        invocations = (
            counts.get("invocations", 0) for name, counts in self.meter["functions"].items() if name.startswith(PREFIX)
        )
        values = {
            **{name: self.reported(name) for name in ("items", "ok", "failed", "abandoned")},
            "events": self.tally.events,
            "distance": self.tally.distance,
            "exact": not self.differences(),
            "views_exact": not self.view_differences(),
            "seconds": round(self.batch.seconds, 1),
            "write_units": plain(self.meter["write_units"]),
            "read_units": plain(self.meter["read_units"]),
            "invocations": sum(invocations),
            "transitions": self.history.transitions,
            "not_ready": self.history.not_ready,
        }
        return json.dumps(values, separators=(",", ":"))

    def calls(self) -> Counter[str]:
        """Count the batch's DynamoDB calls by operation."""
        operations: Counter[str] = Counter()
        for table in self.meter["tables"].values():
            for operation, counts in table.items():
                operations[operation] += int(counts["calls"])
        return operations

    def sentences(self) -> Iterator[str]:
        """Tell how fast it was, measured by what the emulator can carry."""
        items = self.truth.items
        calls = self.calls()
        per_item = calls.total() / items
        shares = ", ".join(f"{operation} {count / items:.2f}" for operation, count in calls.most_common())
        achieved = items / self.batch.seconds
        bound = self.raw_puts / per_item
        yield f"{per_item:.2f} DynamoDB calls per item ({shares})"
        yield f"{self.raw_puts:.0f} conditional puts a second are what the emulator takes, measured in this run"
        yield (
            f"{achieved:.0f} items a second of at most {self.raw_puts:.0f} / {per_item:.2f} = {bound:.0f}: "
            f"{achieved / bound:.2f} of the bound"
        )
        yield f"views complete {self.views.seconds:.1f} s after the batch"
        written, read = self.meter["write_units"] / items, self.meter["read_units"] / items
        yield f"{written:.2f} write units and {read:.2f} read units per item, views included"


def plain(units: float) -> float | int:
    """Write whole units without a fraction."""
    return int(units) if float(units).is_integer() else units
