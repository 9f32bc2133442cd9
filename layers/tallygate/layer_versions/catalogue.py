"""The port: where the versions of layers are listed."""

from collections.abc import Iterator
from typing import Protocol

from tallygate.layer_versions.layer_version import LayerVersion


class LayerCatalogue(Protocol):
    """The layers of an account in one Region."""

    def versions(self, layer: str) -> Iterator[LayerVersion]:
        """Every version of a layer that has not been deleted, the newest first; of a layer that is not there, none.

        Parameters
        ----------
        layer : str
            Its name, or its ARN without a version.

        Raises
        ------
        InvalidInput
            It can't be listed: another account's, or the permission is missing.
        Unavailable
            No answer in time.
        """
        ...

    def names(self) -> Iterator[str]:
        """The names of the layers that have versions. Raises as `versions` does."""
        ...
