"""The fault proxy's process: microburst, with its dice seeded.

    python proxy.py --port N --upstream URL --seed N --rules JSON

microburst draws from Python's global random numbers; a generator of our own in their place makes the n-th
matching request meet the same fate whenever the seed is the same.
"""

import argparse
import json
import random
from typing import Any

import microburst.rules  # type: ignore[import-untyped]
from aiohttp import web
from microburst.app import make_app  # type: ignore[import-untyped]
from microburst.core.pipeline import Microburst  # type: ignore[import-untyped]


def main() -> None:
    """Serve on 127.0.0.1 until told to stop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--upstream", required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--rules", type=json.loads, required=True)
    given = parser.parse_args()
    dice: Any = microburst.rules
    dice.random = random.Random(given.seed)  # noqa: S311  # dice, not secrets
    proxy = Microburst(given.upstream, rules=given.rules, resign=False)
    web.run_app(make_app(proxy), host="127.0.0.1", port=given.port, print=None, access_log=None, shutdown_timeout=0.1)


if __name__ == "__main__":
    main()
