"""Tallygate: an event store and a batch orchestrator whose counts are exact under failure."""

__version__ = "0.1.0"
