"""Batches of items whose count is exact. What a user's code imports stands here."""

from tallygate.batch.worker import Context, Item, Worker

__all__ = ["Context", "Item", "Worker"]
