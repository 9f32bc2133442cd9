"""Key."""

from tallygate.events.commit import Commit


def overflow_key(commit: Commit) -> str:
    """Key."""
    return f"{commit.stream}/{commit.version}/{commit.commit_id}"
