"""Explain: what became of a command, from the logs, the events table and the views table."""

from tallygate.explain.explainer import Explainer, NothingFound, Question
from tallygate.explain.story import Happening, Story

__all__ = ["Explainer", "Happening", "NothingFound", "Question", "Story"]
