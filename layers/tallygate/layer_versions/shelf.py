"""The port: layers of ours, who uses them, and taking old versions away."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tallygate.layer_versions.catalogue import LayerCatalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerUser:
    """A function, or a published version of one.

    Parameters
    ----------
    function : str
        Its ARN, with the version where it is published.
    layers : tuple of str
        The ARNs of the layer versions that it has.
    modified : datetime
        When it was last made or changed.
    """

    function: str
    layers: tuple[str, ...]
    modified: datetime


class Shelf(LayerCatalogue, Protocol):
    """A catalogue from which versions can be taken away."""

    def users(self) -> Iterator[LayerUser]:
        """Every function of the account and Region, and every published version. Raises as `versions` does."""
        ...

    def delete(self, layer: str, number: int) -> None:
        """Delete a version of the layer of that name; one that is not there is deleted already.

        Functions on it go on as they are; no function can be given it any more. Raises as `versions` does.
        """
        ...
