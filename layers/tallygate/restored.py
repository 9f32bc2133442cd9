"""Processes that are restored from one snapshot: what they must not have in common.

Lambda's SnapStart stores a function's initialised process once and continues it in each execution environment. Whatever
was drawn at random before would be drawn alike in all of them. Ids are made of `os.urandom` (uuid4, secrets), which the
kernel makes anew; the `random` module and OpenSSL keep a state of their own in memory. Clients are made before the
snapshot, but they call nothing then: there is no connection to share, and credentials are read anew when they expire.
"""

import importlib
import os
import random
import ssl

SEED_BYTES = 48


def renew() -> None:
    """Go on with randomness of our own: jitter that all copies had alike would make them try again all at once."""
    random.seed()
    ssl.RAND_add(os.urandom(SEED_BYTES), float(SEED_BYTES))


def register() -> None:
    """Have `renew` called by Lambda's runtime after each restore, where this process may be stored as a snapshot."""
    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") != "snap-start":
        return
    importlib.import_module("snapshot_restore_py").register_after_restore(renew)  # which only Lambda's runtime has
