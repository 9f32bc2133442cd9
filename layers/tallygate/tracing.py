"""Annotations by which a commit is found in X-Ray: one subsegment for each, a few of a batch."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

# Traces are samples anyway (the first of each second, then 5 %): what must be found is in the logs.
MOST = 10


def annotate(tracer: Any, commits: Iterable[Mapping[str, Any]]) -> None:  # noqa: ANN401 (Powertools' tracer)
    """One subsegment `commit` for each of the first ten, with its texts and numbers as annotations.

    Parameters
    ----------
    commits : iterable of mapping
        As they are logged: `stream`, `version`, and where there are any `correlation` or `correlations`, `commands`. Of
        lists the first is taken: an annotation is one value.
    """
    if tracer.disabled:
        return
    for commit in islice(commits, MOST):
        with tracer.provider.in_subsegment(name="commit") as subsegment:
            for name, value in commit.items():
                if isinstance(value, list):
                    subsegment.put_annotation(key=name.removesuffix("s"), value=value[0])
                elif isinstance(value, str | int):
                    subsegment.put_annotation(key=name, value=value)
