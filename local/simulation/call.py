"""What an actor asks for at a switch point, and what becomes of it."""

from enum import Enum


class Kind(Enum):
    """What a call does to the service; it says which faults can meet it."""

    LOCAL = "local"  # a look at the clock, a pause: it can't fail
    READ = "read"  # strongly consistent
    EVENTUAL = "eventual"  # a read that may miss the newest writes
    WRITE = "write"


class Verdict(Enum):
    """What becomes of a call."""

    GO = "ok"
    REFUSED = "500 before it"  # nothing has happened
    LOST = "answer lost"  # it has happened, the caller is not told
    STALE = "stale"  # the read misses what is new


POSSIBLE = {
    Kind.LOCAL: (Verdict.GO,),
    Kind.READ: (Verdict.GO, Verdict.REFUSED),
    Kind.EVENTUAL: (Verdict.GO, Verdict.REFUSED, Verdict.STALE),
    Kind.WRITE: (Verdict.GO, Verdict.REFUSED, Verdict.LOST),
}
