"""A published version of a layer."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerVersion:
    """A published version of a layer, as Lambda lists it.

    Parameters
    ----------
    arn : str
        With the version's number at its end.
    number : int
        From 1, never used twice.
    description : str
        Of a layer of ours it has the hash of its content as a word.
    runtimes, architectures : tuple of str
        Those it is for; none means all.
    """

    arn: str
    number: int
    description: str = ""
    runtimes: tuple[str, ...] = ()
    architectures: tuple[str, ...] = ()

    def serves(self, *, runtime: str, architecture: str) -> bool:
        """Whether it is for that runtime and processor. An empty one is not asked for."""
        return _fits(runtime, self.runtimes) and _fits(architecture, self.architectures)

    def carries(self, content: str) -> bool:
        """Whether its description has the hash of that content. An empty one is not asked for."""
        return not content or content in self.description.split()

    def __str__(self) -> str:
        about = [*self.runtimes, *self.architectures, *([repr(self.description)] if self.description else [])]
        return f"{self.number} ({', '.join(about) or 'for all runtimes'})"


def _fits(asked: str, offered: tuple[str, ...]) -> bool:
    return not asked or not offered or asked in offered
