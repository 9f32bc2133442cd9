"""The domain of workers that are stopped and killed: each item counts once on an account, and takes its time."""

import os
import time
from pathlib import Path

from tallygate.batch import Context, Item, Worker
from tests.accounts import ACCOUNT, deposit

ACCOUNTS = 8  # few enough to add up, enough not to contend


def process(item: Item, context: Context) -> None:
    """Count, say so, and be slow, so that there is a middle of the chunk to be killed in."""
    context.execute(ACCOUNT, str(int(item.id) % ACCOUNTS), deposit)
    with Path(os.environ["TRIES"]).open("a") as tries:
        tries.write(f"{os.getpid()} {item.id}\n")
    time.sleep(float(os.environ["ITEM_SECONDS"]))


WORKERS = (Worker(name="slow", process=process),)
EMPTY: tuple[Worker, ...] = ()
