"""Your code: aggregates, what happens to an item of a batch, views, and what others are told.

The sample is an aircraft logbook. To make it yours, delete the other files of this folder and list your own workers,
projections and effects here. Tallygate imports these three names and nothing else; the first worker is the default.
"""

from domain.cancellations import CANCELLATIONS
from domain.fleet import CARRIERS, FLEET
from domain.log_flight import CARRIER_LOGBOOK, LOGBOOK
from domain.routes import ROUTES

WORKERS = (LOGBOOK, CARRIER_LOGBOOK)
PROJECTIONS = (FLEET, ROUTES, CARRIERS)
EFFECTS = (CANCELLATIONS,)
