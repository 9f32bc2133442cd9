"""Another domain in the place of the sample: workers that die, hang and refuse when their item says so."""

from .acts import ACTS

WORKERS = (ACTS,)
