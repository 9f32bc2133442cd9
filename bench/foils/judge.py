"""What is true of a run, whatever its design believes."""

from dataclasses import dataclass, field


@dataclass
class Judge:
    """Watches a run.

    Parameters
    ----------
    items : int
        Of the batch.

    Attributes
    ----------
    worked : set of str
        Items whose work is done.
    runs : int
        How often an item's work was done; more than `worked` where it was done again.
    told_at : int or None
        How many items were done when somebody first learned that the batch is finished; None: nobody has.
    told_after : float
        Seconds from the start until then.
    deliveries : int
        Messages that workers took.
    gave_back : int
        Messages whose worker ended with an error: too many conflicts, or no answer.
    crashes : int
    """

    items: int
    worked: set[str] = field(default_factory=set)
    runs: int = 0
    told_at: int | None = None
    told_after: float = 0.0
    deliveries: int = 0
    gave_back: int = 0
    crashes: int = 0

    def work(self, item: str) -> None:
        """An item's work is done."""
        self.runs += 1
        self.worked.add(item)

    def told(self, after: float) -> None:
        """Somebody has learned that the batch is finished."""
        if self.told_at is None:
            self.told_at, self.told_after = len(self.worked), after

    @property
    def finish(self) -> str:
        """Would anybody know that the batch is complete?"""
        if self.told_at is None:
            return "never"
        return "right" if self.told_at == self.items else f"EARLY, at {self.told_at:,} of {self.items:,}"
