"""The newest version of a layer that fits."""

from collections.abc import Sequence
from difflib import get_close_matches

from tallygate.errors import TallygateError
from tallygate.layer_versions.catalogue import LayerCatalogue
from tallygate.layer_versions.layer_version import LayerVersion
from tallygate.layer_versions.reference import Reference
from tallygate.layer_versions.wanted import Wanted

_SHOWN = 8


class NoLayerVersion(TallygateError):
    """No version fits; the message says what was looked for and what there is."""


def newest(catalogue: LayerCatalogue, wanted: Wanted) -> LayerVersion:
    """The version with the highest number of those that fit.

    A version that names no runtimes (or no architectures) fits all of them.

    Raises
    ------
    NoLayerVersion
        None fits.
    InvalidInput, Unavailable
        As the catalogue.
    """
    there = list(catalogue.versions(wanted.layer))
    for version in there:
        if version.serves(runtime=wanted.runtime, architecture=wanted.architecture) and version.carries(wanted.content):
            return version
    raise NoLayerVersion(_in_place_of(wanted, there) if there else _no_such_layer(catalogue, wanted))


def _in_place_of(wanted: Wanted, there: Sequence[LayerVersion]) -> str:
    more = f" and {len(there) - _SHOWN} older" if len(there) > _SHOWN else ""
    listed = ", ".join(map(str, there[:_SHOWN]))
    hint = (
        "deploy the stack that publishes the layer first"
        if wanted.content
        else "publish one, or ask for one of those that there are"
    )
    return f"there is no {_asked(wanted)}: there are the versions {listed}{more}. To mend it, {hint}"


def _no_such_layer(catalogue: LayerCatalogue, wanted: Wanted) -> str:
    reference = Reference.parse(wanted.layer)
    names = sorted(catalogue.names()) if not reference.account else []
    similar = get_close_matches(reference.name, names, n=5, cutoff=0.6)
    like = f"layers with similar names are {', '.join(similar)}" if similar else _others(names, reference)
    return (
        f"there is no {_asked(wanted)}: the layer has no versions, or does not exist; {like}. "
        "Mend the name, or deploy what publishes it first"
    )


def _others(names: Sequence[str], reference: Reference) -> str:
    if reference.account:
        return f"it was looked for in account {reference.account}, Region {reference.region}"
    if not names:
        return "there are no layers in this account and Region"
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"there are the layers {', '.join(names[:_SHOWN])}{more}"


def _asked(wanted: Wanted) -> str:
    return str(wanted).removeprefix("a ")
