"""A story as lines for a terminal, and as JSON."""

from collections.abc import Iterator
from typing import Any

from tallygate import clock
from tallygate.explain.story import Story


def lines(story: Story) -> Iterator[str]:
    """One line for each happening: the time, milliseconds since the commit, who, what."""
    width = max(len(one.who) for one in story.happenings)
    for one in story.happenings:
        passed = story.milliseconds(one)
        when = "-" * 24 if one.at is None else clock.to_text(one.at)
        since = "" if passed is None else f"{passed:+,.0f} ms"
        yield f"{when}  {since:>12}  {one.who:<{width}}  {one.what}"


def to_json(story: Story) -> dict[str, Any]:
    """The same, for programs: `stream`, `version`, `commit_id`, `happenings` (`at`, `milliseconds`, `who`, `what`)."""
    return {
        "stream": story.commit.stream,
        "version": story.commit.version,
        "commit_id": story.commit.commit_id,
        "happenings": [
            {
                "at": None if one.at is None else clock.to_text(one.at),
                "milliseconds": story.milliseconds(one),
                "who": one.who,
                "what": one.what,
            }
            for one in story.happenings
        ],
    }
