"""`python -m bench.batch`: measure, print, write `bench/results/batch.json`; exit 1 where a must is missed."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, get_args

import msgspec
from rich.console import Console

from bench.batch import on_emulator, tables, targets
from bench.batch.cpu import cpu
from bench.batch.design import Priced, priced
from bench.batch.sizes import Reach, Size, reaches, sizes
from bench.batch.tables import one_line
from bench.batch.trials import SIZES, trials
from bench.fanout.aims import Aim, aims_table, status
from local.paths import ROOT
from tallygate.batch.cost.batch_shape import Dispatch

RESULT = ROOT / "bench" / "results" / "batch.json"
DISPATCHES: tuple[Dispatch, ...] = get_args(Dispatch)


def main(arguments: Sequence[str]) -> int:
    """Run everything; about six minutes with both dispatches."""
    given = _given(arguments)
    console = Console(width=200 if not sys.stdout.isatty() else None, highlight=False)
    processor = cpu()
    modelled: dict[str, Sequence[Size]] = {dispatch: sizes(dispatch) for dispatch in DISPATCHES}
    reached: dict[str, Sequence[Reach]] = {dispatch: reaches(dispatch) for dispatch in DISPATCHES}
    for table in (tables.of_cpu(processor), tables.of_sizes(modelled), tables.of_reaches(reached)):
        console.print(table)
    wanted = list(trials(given.dispatch, [size for size in SIZES if size <= given.most]))
    runs = on_emulator.measure(wanted, lambda run: console.print(one_line(run)))
    design: dict[str, Priced] = {run.trial.dispatch: priced(run) for run in runs if run.trial.worker == "wait-100"}
    for table in (tables.of_runs(runs), tables.receipts(runs), tables.of_design(design)):
        console.print(table)
    aims = (*targets.of_runs(runs), *targets.of_design(design), *targets.of_model(modelled, processor))
    console.print(aims_table(aims))
    if given.most == max(SIZES) and tuple(given.dispatch) == DISPATCHES:
        _write({"cpu": asdict(processor), "runs": [run.to_json() for run in runs]}, design, aims)
    return status(aims)


def _given(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.batch", description=__doc__)
    parser.add_argument("--dispatch", nargs="+", choices=DISPATCHES, default=list(DISPATCHES))
    parser.add_argument(
        "--most", type=int, default=max(SIZES), help="leave larger batches out; nothing is written then"
    )
    return parser.parse_args(arguments)


def _write(found: dict[str, Any], design: dict[str, Priced], aims: Sequence[Aim]) -> None:
    told = {
        "design": {dispatch: msgspec.to_builtins(one) for dispatch, one in design.items()},
        "aims": [asdict(aim) | {"met": aim.met} for aim in aims],
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(found | told, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
