"""The composition root of layers' versions."""

from tallygate.layer_versions.catalogue import LayerCatalogue
from tallygate.layer_versions.lambda_catalogue import LambdaCatalogue


def catalogue() -> LayerCatalogue:
    """The layers of this account and Region."""
    return LambdaCatalogue()
