"""The composition root of layers' versions."""

from datetime import timedelta

from tallygate.deadline import Deadline
from tallygate.layer_versions.catalogue import LayerCatalogue
from tallygate.layer_versions.custom_resource import CustomResource
from tallygate.layer_versions.foreign import foreign_catalogue
from tallygate.layer_versions.lambda_catalogue import LambdaCatalogue
from tallygate.layer_versions.lambda_shelf import LambdaShelf
from tallygate.layer_versions.pruning import Pruning
from tallygate.settings import LatestLayerSettings


def catalogue() -> LayerCatalogue:
    """The layers of this account and Region."""
    return LambdaCatalogue()


def custom_resource(settings: LatestLayerSettings) -> CustomResource:
    """`Custom::LatestLayerVersion` on AWS."""

    def pruning(until: Deadline) -> Pruning:
        quiet, resolver = timedelta(seconds=settings.quiet_seconds), settings.aws_lambda_function_name
        return Pruning(LambdaShelf(until=until), quiet=quiet, resolver=resolver)

    return CustomResource(_listed, pruning, deletes=settings.layer_prefix)


def _listed(role_arn: str, until: Deadline) -> LayerCatalogue:
    return foreign_catalogue(role_arn, until) if role_arn else LambdaCatalogue(until=until)
