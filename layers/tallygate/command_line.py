"""Arguments of our commands, refused with a sentence before anything is asked of AWS."""

import argparse
import math
import re
from collections.abc import Callable

_ENVIRONMENT = re.compile(r"[a-z][a-z0-9]{1,11}")


def environment(text: str) -> str:
    """What can be an environment's name."""
    if not _ENVIRONMENT.fullmatch(text):
        raise argparse.ArgumentTypeError(
            f"{text[:80]!r} is no environment: a lower-case letter, then 1 to 11 of a-z, 0-9"
        )
    return text


def amount(unit: str, most: float) -> Callable[[str], float]:
    """A number of minutes or hours above 0, up to `most`."""

    def read(text: str) -> float:
        try:
            given = float(text)
        except ValueError:
            given = math.nan
        if not 0 < given <= most:
            raise argparse.ArgumentTypeError(f"{text[:80]!r} is no number of {unit} above 0, up to {most:,g}")
        return given

    return read
