"""What is made once and lives as long as the process."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def for_good() -> Iterator[None]:
    """What is made within lives as long as the process: modules, clients, the models of services.

    The garbage collector would walk all of it and find nothing (35 ms of a cold start, and again with each of its full
    rounds): it waits meanwhile, and leaves it alone afterwards.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        if was_enabled:
            gc.enable()
