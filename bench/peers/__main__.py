"""`python -m bench.peers`: install what is missing, run everything (under four minutes), write `bench/results`.

`python -m bench.peers install` only installs.
"""

import json
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

from rich.console import Console

from bench.peers import database, installation, measures, trials
from bench.peers.billing import Billing, calibrate
from bench.peers.driver import Driver, DriverError
from bench.peers.result import Result, Row
from bench.peers.stores import STORES, Store
from bench.peers.table import notes, table
from bench.peers.trials import attempt
from bench.peers.units_proxy import UnitsProxy
from local import dynamodb_local
from local.dynamodb_local import DynamoDBLocal
from local.paths import ROOT

WIDTH = 150  # of the table, where there is no terminal to ask
RESULT = ROOT / "bench" / "results" / "peers.json"


class Bench:
    """One run against one DynamoDB Local."""

    def __init__(self, endpoint: str, proxy: UnitsProxy, console: Console) -> None:
        self._endpoint = endpoint
        self._proxy = proxy
        self._console = console
        self._started = time.monotonic()

    def run(self) -> Result:
        """Create, pace all stores in turns, then ask each store everything else."""
        billing = calibrate(database.client(self._endpoint), "bench-calibration")
        versions = {store.name: self._create(store) for store in STORES}
        self._say(f"appends in turns: {', '.join(versions)}")
        costs = {store.name: measures.append_costs(store, self._proxy, billing) for store in STORES}
        paces = measures.paces(STORES, self._endpoint)
        rows = {}
        for store in STORES:
            self._say(f"reads and trials: {store.name}")
            rows[store.name] = Row(
                versions=versions[store.name],
                remark=store.remark,
                write_units=costs[store.name],
                pace=paces[store.name],
                reading=measures.cold_read(store, self._proxy, self._endpoint),
                race=attempt(partial(trials.race, store, self._endpoint)),
                lost_answer=attempt(partial(trials.lost_answer, store, self._proxy, self._endpoint)),
                long_stream=attempt(partial(trials.long_stream, store, self._endpoint)),
            )
        return Result(
            date=datetime.now(UTC).date().isoformat(),
            seconds=round(time.monotonic() - self._started, 1),
            platform=_platform(billing),
            rows=rows,
        )

    def _create(self, store: Store) -> dict[str, str]:
        with Driver(store, self._endpoint) as driver:
            driver.create()
            return driver.versions

    def _say(self, what: str) -> None:
        self._console.print(f"{time.monotonic() - self._started:5.1f} s  {what}", markup=False)


def main(arguments: Sequence[str]) -> int:
    """Run `install` or everything. Returns the exit status."""
    if list(arguments) not in ([], ["install"]):
        print("usage: python -m bench.peers [install]", file=sys.stderr)
        return 2
    try:
        installation.install()
        if not arguments:
            _bench(Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH))
    except (installation.InstallError, DriverError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _bench(console: Console) -> None:
    with DynamoDBLocal() as dynamodb, UnitsProxy(upstream=dynamodb.endpoint) as proxy:
        result = Bench(dynamodb.endpoint, proxy, console).run()
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result.json(), indent=2) + "\n")
    console.print(table(result))
    console.print("\n".join(notes(result)), markup=False)
    console.print(f"{result.seconds:.0f} s; all of it in {RESULT.relative_to(ROOT)}", markup=False)


def _platform(billing: Billing) -> dict[str, str]:
    node = subprocess.run(["node", "--version"], check=True, capture_output=True, text=True).stdout.strip()
    return {
        "python": platform.python_version(),
        "node": node.removeprefix("v"),
        "dynamodb_local": f"{dynamodb_local.PACKAGE} {dynamodb_local.VERSION}",
        "units_reported_for_a_small_transacted_item": f"{billing.reported:g} (DynamoDB bills 2)",
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
