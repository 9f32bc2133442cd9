"""Where the local run keeps things. Both folders are ignored by git and may be deleted at any time."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The checkout."""

CACHE = ROOT / ".cache"
"""Downloads, each pinned by its hash; kept until deleted by hand."""

RUNS = ROOT / ".local"
"""One folder of logs and state per run."""
