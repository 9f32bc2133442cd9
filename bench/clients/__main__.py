"""`python -m bench.clients`: print both comparisons and write `bench/results/clients.json`; under two minutes."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from bench.clients import keeping
from bench.clients.stuck import OURS, Hang, hang
from bench.store.streams import client, table
from local.dynamodb_local import DynamoDBLocal
from local.paths import ROOT

RESULT = ROOT / "bench" / "results" / "clients.json"


def main() -> int:
    """Wait for both stuck calls at once: neither takes the processor."""
    console = Console(width=100 if not sys.stdout.isatty() else None, highlight=False)
    with ThreadPoolExecutor(2) as pool:
        waiting = {"botocore's defaults": pool.submit(hang, None), "ours": pool.submit(hang, OURS)}
        hangs = {name: one.result() for name, one in waiting.items()}
    console.print(_hangs(hangs))
    with DynamoDBLocal() as server:
        paces = keeping.compare(server.endpoint, table(client(server.endpoint)))
    console.print(_paces(paces))
    ours, closing = paces.values()
    console.print(f"a call on a connection of its own takes {closing.p50 / ours.p50:.1f} times as long (p50)")
    ratio = hangs["botocore's defaults"].whole / hangs["ours"].whole
    console.print(f"a stuck call hangs {ratio:.0f} times as long with botocore's defaults")
    RESULT.parent.mkdir(exist_ok=True)
    result = {
        "stuck": {name: asdict(one) for name, one in hangs.items()},
        "connections_ms": {name: asdict(one) for name, one in paces.items()},
    }
    RESULT.write_text(json.dumps(result, indent=1) + "\n")
    return 0 if hangs["ours"].whole < 10 and ratio > 10 else 1


def _hangs(hangs: dict[str, Hang]) -> Table:
    shown = Table(
        "client", "waited, s", "attempts in that time", "the whole call, s", title="a server that never answers"
    )
    for name, one in hangs.items():
        whole = f"{one.whole:.0f}, computed: attempts x read timeout" if one.computed else f"{one.whole:.1f}, measured"
        shown.add_row(name, f"{one.seconds:.1f}", str(one.attempts), whole)
    return shown


def _paces(paces: dict[str, keeping.Pace]) -> Table:
    shown = Table("connections", "p50, ms", "p95, ms", title=f"{keeping.CALLS} calls of GetItem each, in turns, TLS")
    for name, one in paces.items():
        shown.add_row(name, f"{one.p50:.2f}", f"{one.p95:.2f}")
    return shown


if __name__ == "__main__":
    sys.exit(main())
