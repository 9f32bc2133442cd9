"""A program: imports the domain and writes down which projections and effects it declares.

`declared.py` runs it in a process of its own, where `domain` and `tallygate` can be imported; stacks import neither.
"""

import importlib
import json
import sys
import traceback
from pathlib import Path


def main(answer: Path) -> None:
    """Write what is declared to a file: `{"projections": [id], "effects": [id], "categories": [[id, category]]}`.

    Or `{"problem": text}`. The domain may print.
    """
    try:
        domain = importlib.import_module("domain")
        kinds = {kind: list(getattr(domain, kind, ())) for kind in ("PROJECTIONS", "EFFECTS")}
        found: dict[str, object] = {kind.lower(): [one.id for one in consumers] for kind, consumers in kinds.items()}
        found["categories"] = [[one.id, one.category] for consumers in kinds.values() for one in consumers]
        written = json.dumps(found)
    except BaseException as error:  # noqa: BLE001 (a domain may raise what it likes, at import)
        written = json.dumps({"problem": _told(error)})
    answer.write_text(written)


def _told(error: BaseException) -> str:
    """The error in one line, and where in the domain it was raised."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "/domain/" in frame.filename]
    where = f" ({frames[-1].filename.rpartition('/domain/')[2]}, line {frames[-1].lineno})" if frames else ""
    return " ".join(f"{type(error).__name__}: {error}{where}".split())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
