"""The event store alone, over what boto3 and a client cost anyway: with the bytecode that layers carry, and without."""

import shutil
from pathlib import Path

from bench.imports.fresh import Fresh
from bench.imports.places import Places

BUDGET_MS, AIM_MS = 40.0, 30.0
PROGRAM = "from tallygate.events.wiring import event_store\nevent_store('events')"
WITH, WITHOUT = "the event store", "the event store without bytecode"


def places(of: Places) -> dict[str, Fresh]:
    """Where the library's layers are as they are built, and where they are without bytecode."""
    built = of.opt([name for part in ("vendor", "tallygate") for name in of.layers if name.endswith(f"-{part}")])
    plain = of.folder / "plain"
    for package in ("tallygate", "msgspec", "typing_extensions.py"):
        _copy(built / package, plain / package)
    return {
        WITH: Fresh(python=of.python, path=[built, of.runtime]),
        WITHOUT: Fresh(python=of.python, path=[plain, of.runtime]),
    }


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)
