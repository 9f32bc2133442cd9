"""A domain under trial: each item takes effect once, by an event that names it; some items misbehave."""

from .take import TAKE

WORKERS = (TAKE,)
PROJECTIONS = ()
EFFECTS = ()
