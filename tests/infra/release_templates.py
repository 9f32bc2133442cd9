"""The templates of each release, kept in `tests/releases/`, so that upgrades from it can be tested.

`python -m tests.infra.release_templates` writes those of the present version.
"""

import tempfile
import tomllib
from pathlib import Path

from tests.infra.synthesis import ROOT, STACKS, Synthesis, masked, synthesize

ENVIRONMENT = "dev"
RELEASES = ROOT / "tests" / "releases"


def version() -> str:
    """The project's version, such as `0.1.0`."""
    found: str = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    return found


def folder() -> Path:
    """Where the templates of the present version are kept."""
    return RELEASES / f"v{version()}"


def templates(synthesis: Synthesis) -> dict[str, str]:
    """The templates as they are kept, by file name; asset hashes masked."""
    return {f"{stack}.json": masked(synthesis.stack(ENVIRONMENT, stack).template) for stack in STACKS}


def main() -> None:
    """Write them."""
    with tempfile.TemporaryDirectory() as scratch:
        found = templates(synthesize(Path(scratch), context={"env": ENVIRONMENT}))
    folder().mkdir(parents=True, exist_ok=True)
    for name, template in found.items():
        (folder() / name).write_text(template)
        print(folder().relative_to(ROOT) / name)


if __name__ == "__main__":
    main()
