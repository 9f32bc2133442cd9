"""The properties of `Custom::LatestLayerVersion`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from tallygate.errors import InvalidInput
from tallygate.layer_versions.reference import Reference
from tallygate.layer_versions.wanted import Wanted

OURS = ("Layer", "Runtime", "Architecture", "Content", "Refresh", "RoleArn", "Keep")
CLOUDFORMATIONS = ("ServiceToken", "ServiceTimeout")
MAX_KEPT = 100
_ROLE = re.compile(r"arn:[a-z0-9-]+:iam::\d{12}:role/[\w+=,.@/-]{1,512}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Properties:
    """The properties of `Custom::LatestLayerVersion`.

    Parameters
    ----------
    reference : Reference
        The layer.
    wanted : Wanted or None
        What is asked of its version; None where it was given with its version.
    role_arn : str
        Of the account whose layer it is; empty for ours.
    keep : int
        How many of the newest versions stay, 2 to 100, or 0 for all.
    """

    reference: Reference
    wanted: Wanted | None
    role_arn: str
    keep: int

    @classmethod
    def of(cls, given: Mapping[str, Any], *, account: str, region: str, deletes: str) -> "Properties":
        """Read and check them.

        Parameters
        ----------
        given : mapping
            As CloudFormation hands them over.
        account, region : str
            The stack's.
        deletes : str
            How names begin of layers whose versions may be deleted.

        Raises
        ------
        InvalidInput
            One is missing, unknown, malformed, or at odds with another.
        """
        _check_names(given)
        reference = Reference.parse(given["Layer"])
        wanted = None if reference.qualified else _wanted(given)
        role = given.get("RoleArn", "")
        properties = cls(reference=reference, wanted=wanted, role_arn=role, keep=_keep(given.get("Keep", "0")))
        properties._check_place(account, region)
        properties._check_keep(account, deletes)
        if reference.qualified and given.get("Content"):
            raise InvalidInput(f"the property Layer names a version, {reference.text}: leave Content out")
        return properties

    def _check_place(self, account: str, region: str) -> None:
        if self.role_arn and not _ROLE.fullmatch(self.role_arn):
            raise InvalidInput(
                f"the property RoleArn is {self.role_arn!r}, expected arn:aws:iam::<account>:role/<name>"
            )
        asked = self.reference
        if asked.region and asked.region != region:
            raise InvalidInput(
                f"the layer {asked.text} is in {asked.region}, the stack in {region}: functions take layers of their "
                "own Region only. Publish it there"
            )
        if asked.account and asked.account != account and not (asked.qualified or self.role_arn):
            raise InvalidInput(
                f"the layer {asked.text} is of account {asked.account}, the stack of {account}: only a role of that "
                "account can list its versions. Give one as RoleArn, or the ARN of one version as Layer"
            )

    def _check_keep(self, account: str, deletes: str) -> None:
        if not self.keep:
            return
        asked = self.reference
        ours = not self.role_arn and asked.account in ("", account) and not asked.qualified
        if not (ours and asked.name.startswith(deletes)):
            raise InvalidInput(
                f"the property Keep is {self.keep}, but no version of {asked.text} may be deleted, only of layers of "
                f"this account whose name begins with {deletes}: leave Keep out"
            )


def _check_names(given: Mapping[str, Any]) -> None:
    for name, value in given.items():
        if name in CLOUDFORMATIONS:
            continue
        if name not in OURS:
            like = get_close_matches(name, OURS, n=1)
            hint = f"did you mean {like[0]}? There are" if like else "there are"
            raise InvalidInput(f"the property {name} is unknown: {hint} {', '.join(OURS)}")
        if not isinstance(value, str):
            raise InvalidInput(f"the property {name} is a {type(value).__name__}, expected text")
    if not given.get("Layer"):
        raise InvalidInput("the property Layer is missing: give the layer's name or its ARN")


def _wanted(given: Mapping[str, Any]) -> Wanted:
    return Wanted(
        layer=given["Layer"],
        runtime=given.get("Runtime", ""),
        architecture=given.get("Architecture", ""),
        content=given.get("Content", ""),
    )


def _keep(text: str) -> int:
    kept = int(text) if text.isdecimal() and len(text) < 5 else -1
    if kept != 0 and not 2 <= kept <= MAX_KEPT:
        raise InvalidInput(f"the property Keep is {text!r}, expected 2 to {MAX_KEPT}, or 0 for all")
    return kept
