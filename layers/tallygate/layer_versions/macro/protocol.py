"""What CloudFormation and a macro say to each other.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-macros-author.html
"""

from collections.abc import Mapping
from typing import Any

from tallygate.errors import InvalidInput, TallygateError
from tallygate.layer_versions.catalogue import LayerCatalogue
from tallygate.layer_versions.macro.layer_name import Here
from tallygate.layer_versions.macro.options import Options
from tallygate.layer_versions.macro.template import with_newest_layers

SUCCESS, FAILURE = "success", "failure"
Answer = dict[str, Any]


def answer(event: Mapping[str, Any], catalogue: LayerCatalogue) -> Answer:
    """What the macro answers: a template, or why there is none.

    Parameters
    ----------
    event : mapping
        `region`, `accountId`, `fragment`, `requestId`, and where there are any `params` and `templateParameterValues`.
    catalogue : LayerCatalogue
        The layers of that account and Region.

    Returns
    -------
    dict
        `requestId`, `status`, `fragment`; with the status `failure` also `errorMessage`, which CloudFormation shows to
        whoever deploys.
    """
    try:
        fragment = _processed(event, catalogue)
    except TallygateError as error:
        return failure(event, str(error))
    return {"requestId": event["requestId"], "status": SUCCESS, "fragment": fragment}


def failure(event: Mapping[str, Any], message: str) -> Answer:
    """The answer that ends the deployment."""
    return {
        "requestId": event["requestId"],
        "status": FAILURE,
        "fragment": event["fragment"],
        "errorMessage": f"UseLatest: {message}",
    }


def _processed(event: Mapping[str, Any], catalogue: LayerCatalogue) -> Any:  # noqa: ANN401 (JSON)
    fragment = event["fragment"]
    if not isinstance(fragment, dict):
        raise InvalidInput("Fn::Transform stands in a list or a text: put it beside Layers, in the function")
    return with_newest_layers(
        fragment,
        catalogue,
        here=Here(account=event["accountId"], region=event["region"]),
        parameters=event.get("templateParameterValues") or {},
        options=Options.read(event.get("params") or {}),
    )
