"""The layers of Lambda."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from tallygate import aws
from tallygate.deadline import Deadline
from tallygate.layer_versions.layer_version import LayerVersion
from tallygate.layer_versions.listing import listing

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

SECONDS = 20.0
PAGE_ITEMS = 50  # Lambda's most


class LambdaCatalogue:
    """The layers of an account in one Region.

    Parameters
    ----------
    client : LambdaClient, optional
        Default: the process's client with Tallygate's deadlines.
    until : Deadline, optional
        For everything that it is asked; default: 20 s for each question.
    page_items : int
        Of a listing, 1 to 50.
    """

    def __init__(
        self, client: "LambdaClient | None" = None, *, until: Deadline | None = None, page_items: int = PAGE_ITEMS
    ) -> None:
        self._client = client or aws.layers()
        self._until = until
        self._page_items = page_items

    def versions(self, layer: str) -> Iterator[LayerVersion]:
        """See `LayerCatalogue.versions`. One ListLayerVersions for each 50."""
        found = listing(
            self._client.list_layer_versions,
            "LayerVersions",
            self._until or Deadline.after(SECONDS),
            what=f"the versions of the layer {layer}",
            may="lambda:ListLayerVersions",
            LayerName=layer,
            MaxItems=self._page_items,
        )
        # Lambda lists the newest first, but nowhere promises to.
        return iter(sorted(map(_version, found), key=lambda version: version.number, reverse=True))

    def names(self) -> Iterator[str]:
        """See `LayerCatalogue.names`. One ListLayers for each 50."""
        found = listing(
            self._client.list_layers,
            "Layers",
            self._until or Deadline.after(SECONDS),
            what="the layers",
            may="lambda:ListLayers",
            MaxItems=self._page_items,
        )
        return (layer["LayerName"] for layer in found)


def _version(listed: Mapping[str, Any]) -> LayerVersion:
    return LayerVersion(
        arn=listed["LayerVersionArn"],
        number=listed["Version"],
        description=listed.get("Description", ""),
        runtimes=tuple(listed.get("CompatibleRuntimes", ())),
        architectures=tuple(listed.get("CompatibleArchitectures", ())),
    )
