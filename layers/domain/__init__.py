"""Your code: aggregates, and what happens to an item of a batch. The sample is an aircraft logbook.

To make it yours, delete the other files of this folder and list your own workers here. Tallygate imports `WORKERS` and
nothing else; the first one is the default.
"""

from domain.log_flight import CARRIER_LOGBOOK, LOGBOOK

WORKERS = (LOGBOOK, CARRIER_LOGBOOK)
