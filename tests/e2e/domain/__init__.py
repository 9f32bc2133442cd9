"""Another domain in the place of the sample: workers that die, hang and refuse when their item says so; one view."""

from .acts import ACTS
from .counts import COUNTS

WORKERS = (ACTS,)
PROJECTIONS = (COUNTS,)
EFFECTS = ()
