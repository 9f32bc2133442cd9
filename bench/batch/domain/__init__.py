"""A domain in the place of the sample: items that do nothing, or wait as if for an answer."""

from .waiting import NOTHING, WAIT_5, WAIT_100

WORKERS = (NOTHING, WAIT_5, WAIT_100)
PROJECTIONS = ()
EFFECTS = ()
