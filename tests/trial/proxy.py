"""The fault proxy's process for S3 too: local/faults/proxy.py, with answers that keep their Content-Length.

microburst drops the header from every answer. S3 always has it, and who reads an object makes use of it; and only with
it can an answer break off after its headers as one does on AWS, where a client that doesn't count takes it for whole.
"""

import sys
from pathlib import Path
from typing import Any

import microburst.forward  # type: ignore[import-untyped]

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from local.faults import proxy

if __name__ == "__main__":
    forward: Any = microburst.forward
    forward.HOP_BY_HOP -= {"content-length"}
    proxy.main()
