"""Starts ministack with our mends and our meter.

Runs in the emulator's virtual environment, by its path:

    .venv-emulator/bin/python local/emulator/launcher.py

Configured by ministack's own variables (GATEWAY_PORT, BIND_HOST …) and by ours: TALLYGATE_UNMENDED (names of mends
to leave out, for tests), TALLYGATE_HANDLER_LOG, TALLYGATE_LAYERS.
"""

import os
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

VERSION = "1.5.33"
"""The one version of ministack that the mends are written for."""


def main() -> None:
    """Serve until told to stop. Exits with one line on standard error if it cannot."""
    demand_version()
    # Our code comes from the checkout, but no folder of it may be on the path that Lambda workers inherit, and the
    # script's own folder has names (control, meter) that could hide others.
    sys.path[0] = str(Path(__file__).resolve().parents[2])
    from local.emulator import assembly  # noqa: PLC0415  # needs the path above

    sys.exit(assembly.serve(unmended=os.environ.get("TALLYGATE_UNMENDED", "").split()))


def demand_version() -> None:
    """Exit unless the ministack at hand is the one that the mends are written for."""
    try:
        found = version("ministack")
    except PackageNotFoundError:
        found = "none"
    if found != VERSION:
        sys.exit(
            f"the mends in local/emulator/mends are for ministack {VERSION}, found {found}: "
            f"put ministack=={VERSION} into local/emulator/requirements.in, or check every mend against {found}"
        )


if __name__ == "__main__":
    main()
