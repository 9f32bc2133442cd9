"""A catalogue that asks another one everything once, for the length of one template."""

from collections.abc import Iterator, Sequence

from tallygate.layer_versions.catalogue import LayerCatalogue
from tallygate.layer_versions.layer_version import LayerVersion


class AskedOnce:
    """What the other catalogue has answered is not asked again, whatever it is needed for.

    Parameters
    ----------
    catalogue : LayerCatalogue
    """

    def __init__(self, catalogue: LayerCatalogue) -> None:
        self._catalogue = catalogue
        self._versions: dict[str, Sequence[LayerVersion]] = {}
        self._names: Sequence[str] | None = None

    def versions(self, layer: str) -> Iterator[LayerVersion]:
        """See `LayerCatalogue.versions`."""
        if layer not in self._versions:
            self._versions[layer] = tuple(self._catalogue.versions(layer))
        return iter(self._versions[layer])

    def names(self) -> Iterator[str]:
        """See `LayerCatalogue.names`."""
        if self._names is None:
            self._names = tuple(self._catalogue.names())
        return iter(self._names)
