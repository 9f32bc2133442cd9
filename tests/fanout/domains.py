"""Domains to deploy one after the other: the sample with trouble in it, the sample mended, and a second version."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from local.paths import ROOT

SAMPLE = ROOT / "layers/domain"
TROUBLED = """
from domain.cancellations import CANCELLATIONS
from domain.log_flight import CARRIER_LOGBOOK, LOGBOOK
from domain.routes import ROUTES
from domain.trouble import SLOW, TROUBLED

WORKERS, PROJECTIONS, EFFECTS = (LOGBOOK, CARRIER_LOGBOOK), (TROUBLED, ROUTES, SLOW), (CANCELLATIONS,)
"""
MENDED = """
from dataclasses import replace

from domain.cancellations import CANCELLATIONS
from domain.fleet import FLEET
from domain.log_flight import CARRIER_LOGBOOK, LOGBOOK
from domain.routes import ROUTES
from domain.trouble import SLOW

SECOND = replace(FLEET, version=2)
WORKERS, PROJECTIONS, EFFECTS = (LOGBOOK, CARRIER_LOGBOOK), (FLEET, SECOND, ROUTES, SLOW), (CANCELLATIONS,)
"""


def write(folder: Path, init: str, troubles: Mapping[str, str]) -> Path:
    """Write a domain into a folder, and return it. `troubles`: see trouble.py."""
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(Path(__file__).with_name("trouble.py"), folder)
    (folder / "__init__.py").write_text(f'"""A domain under trial."""\n{init}')
    (folder / "troubles.json").write_text(json.dumps(troubles))
    return folder
