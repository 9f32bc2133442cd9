"""The consumers that the domain declares: `PROJECTIONS` and `EFFECTS` in its `__init__.py`."""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from stacks.constructs.bundling import BadLayer
from stacks.constructs.function import ROOT

PROGRAM = Path(__file__).with_name("declaration.py")
PATIENCE_SECONDS = 60
# With the longest name of an environment, `tallygate-<environment>-project-<id>` has Lambda's 64 characters.
ID = re.compile(r"[a-z][a-z0-9_]{0,27}(-[1-9][0-9]{0,3})?")
EXPECTED = "a lower-case letter, then up to 27 of a-z, 0-9 and _, and a version or none, such as fleet-1"


@dataclass(frozen=True)
class Declared:
    """Consumers by id, such as `fleet-1`. No id is used twice, whichever kind it is.

    Parameters
    ----------
    projections, effects : tuple of str
    categories : mapping of str to str
        Of the streams that a consumer follows, by its id.
    """

    projections: tuple[str, ...]
    effects: tuple[str, ...]
    categories: Mapping[str, str]


@cache
def declared(domain: Path) -> Declared:
    """Import the domain of that folder in a process of its own and ask it.

    Raises
    ------
    BadLayer
        It can't be imported, or declares an id that is malformed or used twice.
    """
    answer = _asked(domain)
    if "problem" in answer:
        raise BadLayer(
            f"the consumers that {domain} declares can't be read: {answer['problem']}. Mend it there: what is deployed "
            "is what its __init__.py has in PROJECTIONS and EFFECTS"
        )
    _check(domain, [*answer["projections"], *answer["effects"]])
    return Declared(
        projections=tuple(answer["projections"]),
        effects=tuple(answer["effects"]),
        categories=dict(answer["categories"]),
    )


def _asked(domain: Path) -> Mapping[str, Any]:
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / "domain").symlink_to(domain.resolve(), target_is_directory=True)
        answer = Path(scratch) / "answer.json"
        # -P: what lies beside the program is not importable. -B: nothing is left behind in the folder.
        command = [sys.executable, "-P", "-B", str(PROGRAM), str(answer)]
        try:
            done = subprocess.run(
                command, env=_environment(scratch), capture_output=True, timeout=PATIENCE_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            return {"problem": f"it was not done after {PATIENCE_SECONDS} s"}
        if not answer.exists():
            return {"problem": f"the interpreter ended with status {done.returncode}"}
        found: Mapping[str, Any] = json.loads(answer.read_text())
        return found


def _environment(scratch: str) -> dict[str, str]:
    """Ours without what leads to AWS or to other modules."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))}
    return ours | {"PYTHONPATH": os.pathsep.join([scratch, str(ROOT / "layers")])}


def _check(domain: Path, ids: Sequence[object]) -> None:
    for id in ids:
        if not (isinstance(id, str) and ID.fullmatch(id)):
            raise BadLayer(f"{domain} declares a consumer with the id {id!r}, expected {EXPECTED}")
        if ids.count(id) > 1:
            raise BadLayer(
                f"{domain} declares the id {id!r} more than once: each projection and each effect needs one of its own"
            )
