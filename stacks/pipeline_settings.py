"""What the pipeline is told: `pipeline.toml`, typed and checked. Standard library only.

No account and no connection need stand in that file: an account may be `$NAME`, which is read from the environment of
whoever synthesizes, and a connection's ARN may lie in an SSM parameter.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, TypeVar

from stacks.environment import BadEnvironment
from stacks.environments import chosen
from stacks.undeployable import Undeployable

Kind = Literal["codecommit", "connection"]
T = TypeVar("T")

FILE = "pipeline.toml"
CONNECTION_PARAMETER = "/tallygate/connection"
_REPOSITORY = {
    "codecommit": (re.compile(r"[\w.-]{1,100}"), "the name of a CodeCommit repository"),
    "connection": (re.compile(r"[\w.-]+(/[\w.-]+)+"), "owner/name, as with a connection"),
}
_BRANCH = re.compile(r"(?![/-])[^\s~^:?*\[\\]{1,255}(?<!/)")
_CONNECTION = re.compile(r"arn:[\w-]+:(codeconnections|codestar-connections):[a-z0-9-]+:\d{12}:connection/[\w-]+")
_PARAMETER = re.compile(r"/[\w./-]+")
_ACCOUNT = re.compile(r"\d{12}")
_VARIABLE = re.compile(r"\$([A-Z][A-Z0-9_]*)")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")


class BadPipeline(Undeployable):
    """`pipeline.toml` can't be used; the message names what, and says how to mend it."""


class PlaceUnknown(BadPipeline):
    """The file is good, but nobody here knows the account that it means, or the pipeline's own."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where the code comes from.

    Parameters
    ----------
    kind : str
        `codecommit`, or `connection` for a Git host that a connection of CodeConnections reaches.
    repository : str
        Its name; with a connection `owner/name`.
    branch : str
        A push to it starts the pipeline.
    connection : str
        The connection's ARN; by default it is in `connection_parameter`.
    connection_parameter : str
        The SSM parameter that holds the ARN, read at each deployment of the pipeline.
    """

    kind: Kind
    repository: str
    branch: str = "main"
    connection: str = ""
    connection_parameter: str = ""

    def __post_init__(self) -> None:
        _demand("source", self, "kind", self.kind in _REPOSITORY, " or ".join(_REPOSITORY))
        pattern, expected = _REPOSITORY[self.kind]
        _demand("source", self, "repository", pattern.fullmatch(self.repository), expected)
        _demand("source", self, "branch", _BRANCH.fullmatch(self.branch), "the name of a branch")
        for name in ("connection", "connection_parameter"):
            none = self.kind == "connection" or not getattr(self, name)
            _demand("source", self, name, none, "none with kind 'codecommit'")
        arn, parameter = self.connection, self.connection_parameter
        _demand("source", self, "connection", not arn or _CONNECTION.fullmatch(arn), "the ARN of a connection")
        _demand("source", self, "connection", not (arn and parameter), "none beside connection_parameter")
        fits = not parameter or _PARAMETER.fullmatch(parameter)
        _demand("source", self, "connection_parameter", fits, "the name of a parameter, such as /tallygate/connection")


@dataclass(frozen=True, kw_only=True)
class Target:
    """One environment that the pipeline deploys.

    Parameters
    ----------
    name : str
        Of an environment in `stacks/environments.py`.
    smoke : bool
        A small batch must be exact after the deployment.
    approval : bool
        Somebody approves before the deployment.
    account : str
        Twelve digits, or `$NAME` of a variable that holds them; by default the pipeline's own.
    region : str
        By default the pipeline's own.
    """

    name: str
    smoke: bool = False
    approval: bool = False
    account: str = ""
    region: str = ""

    def __post_init__(self) -> None:
        where = f"environment {self.name!r}"
        try:
            found = chosen(self.name)
        except BadEnvironment as error:
            raise BadPipeline(f"{FILE}: {error}") from error
        _demand(where, self, "name", found, "an environment's: that one stands for what is of none")
        fits = not self.account or _ACCOUNT.fullmatch(self.account) or _VARIABLE.fullmatch(self.account)
        _demand(where, self, "account", fits, "twelve digits, or the name of a variable such as $PROD_ACCOUNT")
        _demand(where, self, "region", not self.region or _REGION.fullmatch(self.region), "a Region such as eu-west-1")
        alone = not (self.smoke and (self.account or self.region))
        _demand(
            where, self, "smoke", alone, "false in another account or Region: the role of the test does not reach it"
        )

    def variables(self) -> Mapping[str, str]:
        """The environment variable of whoever synthesizes that says the account, with its value, if there is one.

        Raises
        ------
        PlaceUnknown
            It is not set, or holds no account.
        """
        found = _VARIABLE.fullmatch(self.account)
        if not found:
            return {}
        value = os.environ.get(found[1], "")
        if not _ACCOUNT.fullmatch(value):
            raise PlaceUnknown(
                f"{FILE}: environment {self.name!r}: account is {self.account!r}, and the variable {found[1]} holds "
                f"{value!r}: set it to the twelve digits of the account, export {found[1]}=…"
            )
        return {found[1]: value}

    @property
    def account_id(self) -> str | None:
        """The twelve digits, or none for the pipeline's own. Raises `PlaceUnknown`."""
        return next(iter(self.variables().values()), self.account) or None


@dataclass(frozen=True, kw_only=True)
class PipelineSettings:
    """The whole file."""

    source: Source
    targets: tuple[Target, ...]

    def __post_init__(self) -> None:
        names = [target.name for target in self.targets]
        if not names:
            raise BadPipeline(f"{FILE}: there are no environments: add [[environments]] with a name")
        twice = [name for name in names if names.count(name) > 1]
        if twice:
            raise BadPipeline(f"{FILE}: environment {twice[0]!r} stands there twice: leave out one of them")

    @property
    def is_elsewhere(self) -> bool:
        """Whether some environment has an account or a Region of its own."""
        return any(target.account or target.region for target in self.targets)

    def demand_region(self, own: str) -> None:
        """Raises `BadPipeline` if an environment is in another Region than the pipeline, whose is `own`."""
        for target in self.targets:
            expected = f"the pipeline's, {own}, or none: nothing makes a bucket for artifacts in another Region"
            _demand(f"environment {target.name!r}", target, "region", target.region in ("", own), expected)


def read(path: Path) -> PipelineSettings:
    """The settings in a file.

    Raises
    ------
    BadPipeline
        There is no such file, or something in it can't be used.
    """
    if not path.is_file():
        raise BadPipeline(f"there is no {FILE}: docs/deploy.md says what stands in it")
    try:
        content = tomllib.loads(path.read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadPipeline(f"{FILE} is not TOML: {error}") from error
    if unknown := sorted(set(content) - {"source", "environments"}):
        raise BadPipeline(f"{FILE}: unknown {unknown[0]!r}: known are source and environments")
    targets = content.get("environments", [])
    if not isinstance(targets, list):
        raise BadPipeline(f"{FILE}: environments is one table, expected several: write [[environments]]")
    return PipelineSettings(
        source=_made(Source, content.get("source", {}), "source"),
        targets=tuple(_made(Target, given, f"environment {n}") for n, given in enumerate(targets, start=1)),
    )


def _made(cls: type[T], given: object, where: str) -> T:
    """A table as what it means."""
    if not isinstance(given, dict):
        raise BadPipeline(f"{FILE}: {where} is {given!r}, expected a table")
    known: dict[str, Any] = {field.name: field for field in fields(cls)}  # type: ignore[arg-type]
    if unknown := sorted(set(given) - set(known)):
        raise BadPipeline(f"{FILE}: {where}: unknown field {unknown[0]!r}: known are {', '.join(known)}")
    required = [name for name in ("kind", "repository", "name") if name in known and name not in given]
    if required:
        raise BadPipeline(f"{FILE}: {where} has no {required[0]!r}: add it")
    for name, value in given.items():
        kind, expected = (bool, "true or false") if known[name].type is bool else (str, "text")
        if not isinstance(value, kind):
            raise BadPipeline(f"{FILE}: {where}: {name} is {value!r}, expected {expected}")
    return cls(**given)


def _demand(where: str, given: object, name: str, fits: object, expected: str) -> None:
    if not fits:
        raise BadPipeline(f"{FILE}: {where}: {name} is {getattr(given, name)!r}, expected {expected}")
