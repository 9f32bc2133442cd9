"""Which worker processes die in the middle of a chunk, chosen by the seed."""

import random

SHARE = 0.2
"""Of the first dispatches, how many lose their worker."""
FEWEST = 2
WITHIN_SECONDS = (0.2, 1.5)
"""When, after the worker has loaded its code: early enough for a chunk of a few hundred items to be unfinished."""


def deaths(*, seed: int, chunks: int) -> dict[int, float]:
    """Choose invocations of the worker function (1 to `chunks`) and the seconds after which each loses its worker."""
    dice = random.Random(seed)  # noqa: S311  # dice, not secrets
    count = min(chunks, max(FEWEST, round(chunks * SHARE)))
    return {number: dice.uniform(*WITHIN_SECONDS) for number in sorted(dice.sample(range(1, chunks + 1), count))}
