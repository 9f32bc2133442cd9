"""What one poll of the gatekeeper saw."""

from collections.abc import Mapping

import msgspec


class Poll(msgspec.Struct, frozen=True, kw_only=True):
    """Chunks of a generation, by what is known of them.

    Parameters
    ----------
    chunks : int
        All.
    recorded : int
        With a record: DONE or ABANDONED.
    in_progress : int
        Without one, under a lease that lasts: slots in use.
    dispatched : int
        Sent again by this poll.
    """

    chunks: int
    recorded: int
    in_progress: int = 0
    dispatched: int = 0

    @property
    def waiting(self) -> int:
        """Neither recorded nor in progress."""
        return self.chunks - self.recorded - self.in_progress

    def __str__(self) -> str:
        return (
            f"{self.recorded} of {self.chunks} chunks are recorded, {self.in_progress} in progress, "
            f"{self.dispatched} dispatched again"
        )

    def metrics(self) -> Mapping[str, int]:
        """By name, as counts.

        Of a batch that passes it isn't told how many chunks are in progress: that nobody works where nothing is left to
        do would look like a batch that stands still, to the alarm `stalled`.
        """
        counts = {
            "GatekeeperPolls": 1,
            "Chunks": self.chunks,
            "ChunksRecorded": self.recorded,
            "ChunksWaiting": self.waiting,
            "ChunksDispatchedAgain": self.dispatched,
        }
        return counts if self.recorded == self.chunks else {**counts, "ChunksInProgress": self.in_progress}
