"""Layers in memory: the twin of those of Lambda."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from tallygate.layer_versions.layer_version import LayerVersion
from tallygate.layer_versions.reference import Reference
from tallygate.layer_versions.shelf import LayerUser

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class MemoryCatalogue:
    """The layers of one account, and the functions that use them: `Shelf`.

    Parameters
    ----------
    account, region : str
        For the ARNs.
    """

    def __init__(self, *, account: str = "000000000000", region: str = "us-east-1") -> None:
        self._prefix = f"arn:aws:lambda:{region}:{account}:layer:"
        self._layers: dict[str, list[LayerVersion]] = {}
        self._published: dict[str, int] = {}
        self._users: dict[str, LayerUser] = {}

    def publish(
        self, layer: str, description: str = "", *, runtimes: Sequence[str] = (), architectures: Sequence[str] = ()
    ) -> LayerVersion:
        """Publish a version of the layer of that name. A number is used once, whatever is deleted."""
        number = self._published[layer] = self._published.get(layer, 0) + 1
        version = LayerVersion(
            arn=f"{self._prefix}{layer}:{number}",
            number=number,
            description=description,
            runtimes=tuple(runtimes),
            architectures=tuple(architectures),
        )
        self._layers.setdefault(layer, []).append(version)
        return version

    def use(self, function: str, *layers: str, modified: datetime = LONG_AGO) -> None:
        """Give the function of that name these layer versions, by their ARNs."""
        self._users[function] = LayerUser(function=function, layers=layers, modified=modified)

    def users(self) -> Iterator[LayerUser]:
        """See `Shelf.users`."""
        return iter(list(self._users.values()))

    def delete(self, layer: str, number: int) -> None:
        """See `Shelf.delete`."""
        name = Reference.parse(layer).name
        self._layers[name] = [one for one in self._layers.get(name, []) if one.number != number]

    def versions(self, layer: str) -> Iterator[LayerVersion]:
        """See `LayerCatalogue.versions`."""
        name = layer.removeprefix(self._prefix)
        return iter(sorted(self._layers.get(name, []), key=lambda one: one.number, reverse=True))

    def names(self) -> Iterator[str]:
        """See `LayerCatalogue.names`."""
        return iter([name for name, versions in self._layers.items() if versions])
