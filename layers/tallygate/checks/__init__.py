"""Checks for a gatekeeper loop: each passes, or raises `NotReadyError` until what follows may begin."""

from tallygate.checks.objects_counted import ObjectsCounted
from tallygate.checks.queue_drained import QueueDrained

__all__ = ["ObjectsCounted", "QueueDrained"]
