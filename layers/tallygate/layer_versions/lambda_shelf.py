"""Layers of ours on Lambda, and the functions that use them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from tallygate import aws
from tallygate.clock import from_text
from tallygate.deadline import Deadline
from tallygate.errors import InvalidInput
from tallygate.layer_versions.lambda_catalogue import PAGE_ITEMS, SECONDS, LambdaCatalogue
from tallygate.layer_versions.listing import listing
from tallygate.layer_versions.shelf import LayerUser
from tallygate.put_if_absent import resend

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class LambdaShelf(LambdaCatalogue):
    """The layers of this account and Region; parameters as those of `LambdaCatalogue`."""

    def __init__(
        self, client: "LambdaClient | None" = None, *, until: Deadline | None = None, page_items: int = PAGE_ITEMS
    ) -> None:
        super().__init__(client, until=until, page_items=page_items)
        self._client = client or aws.layers()

    def users(self) -> Iterator[LayerUser]:
        """See `Shelf.users`. One ListFunctions for each 50."""
        found = listing(
            self._client.list_functions,
            "Functions",
            self._until or Deadline.after(SECONDS),
            what="the functions",
            may="lambda:ListFunctions",
            FunctionVersion="ALL",
            MaxItems=self._page_items,
        )
        for function in found:
            yield LayerUser(
                function=function["FunctionArn"],
                layers=tuple(layer["Arn"] for layer in function.get("Layers", ())),
                modified=from_text(function["LastModified"]),
            )

    def delete(self, layer: str, number: int) -> None:
        """See `Shelf.delete`. One DeleteLayerVersion."""
        until = self._until or Deadline.after(SECONDS)
        try:
            resend(
                lambda: self._client.delete_layer_version(LayerName=layer, VersionNumber=number),
                until,
                what=f"the deletion of {layer}:{number}",
            )
        except ClientError as exc:
            raise InvalidInput(
                f"version {number} of the layer {layer} can't be deleted ({exc}): allow lambda:DeleteLayerVersion"
            ) from exc
