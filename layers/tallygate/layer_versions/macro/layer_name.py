"""What a text in the place of a layer asks for."""

from dataclasses import dataclass

from tallygate.errors import InvalidInput
from tallygate.layer_versions.reference import Reference

_DYNAMIC = "{{resolve:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """Where the macro runs: an account's number and a Region."""

    account: str
    region: str


def without_version(text: str, here: Here) -> str | None:
    """The name of the layer whose newest version `text` asks for.

    Parameters
    ----------
    text : str
        A name, an ARN, or a dynamic reference, which CloudFormation resolves later; or nothing, of which it says what
        it thinks.
    here : Here
        Only layers of this account and Region can be listed.

    Returns
    -------
    str or None
        The bare name; None where nothing is to be done: the version is named, or only CloudFormation can tell.

    Raises
    ------
    InvalidInput
        It is no layer, or one that can't be listed from here.
    """
    if not text or _DYNAMIC in text:
        return None
    asked = _parsed(text)
    if asked.qualified:
        return None
    if asked.region not in ("", here.region):
        raise InvalidInput(
            f"the layer {text} is in {asked.region}, the stack in {here.region}, and functions take layers of their "
            "own Region only: publish it here, and write ${AWS::Region} with Fn::Sub"
        )
    if asked.account not in ("", here.account):
        raise InvalidInput(
            f"the layer {text} is of the account {asked.account}, whose layers can't be listed from {here.account}: "
            "add the version to the ARN, or pass the whole ARN as a parameter"
        )
    return asked.name


def _parsed(text: str) -> Reference:
    try:
        return Reference.parse(text)
    except InvalidInput as exc:
        if "${" in text:
            raise InvalidInput(f"{text!r} is no layer: put it into Fn::Sub, or its variables stay as they are") from exc
        if text.count(":") == 1:
            name = text.partition(":")[0]
            raise InvalidInput(
                f"{text!r} is no layer: give {name} for the newest version, or the whole ARN of another"
            ) from exc
        raise
