"""What the deployed roles are granted, and which of it the authorizer was asked for."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

import boto3

from local.deployment import PREFIX
from local.emulator.process import Emulator


@dataclass(frozen=True, order=True)
class Grant:
    """One action on one resource (or pattern), of one function, by its name within the environment."""

    function: str
    action: str
    resource: str

    def covers(self, action: str, resource: str) -> bool:
        return self.action == action and fnmatchcase(resource, self.resource)


@dataclass(frozen=True)
class Roles:
    """The functions that are deployed, and their roles, as Lambda and IAM tell."""

    emulator: Emulator

    @cached_property
    def iam(self) -> Any:  # (its stubs are not among those installed)
        return boto3.client("iam", **self.emulator.client_settings())

    @cached_property
    def functions(self) -> Mapping[str, str]:
        """The name of each function's role."""
        client = boto3.client("lambda", **self.emulator.client_settings())
        found = [one for page in client.get_paginator("list_functions").paginate() for one in page["Functions"]]
        ours = {one["FunctionName"]: one["Role"].rpartition("/")[2] for one in found}
        return {name.removeprefix(f"{PREFIX}-"): role for name, role in ours.items() if name.startswith(PREFIX)}

    def grants(self) -> list[Grant]:
        """All of them."""
        return sorted(
            Grant(function, action, resource)
            for function, role in self.functions.items()
            for document in self.policies(role).values()
            for statement in document["Statement"]
            for action in _listed(statement["Action"])
            for resource in _listed(statement["Resource"])
        )

    def policies(self, role: str) -> dict[str, dict[str, Any]]:
        """The inline policies of a role, by name."""
        names = self.iam.list_role_policies(RoleName=role)["PolicyNames"]
        documents = {name: self.iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names}
        return {name: json.loads(one) if isinstance(one, str) else dict(one) for name, one in documents.items()}

    def put(self, role: str, policies: Mapping[str, Mapping[str, Any]]) -> None:
        """Write inline policies."""
        for name, document in policies.items():
            self.iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))


def without(document: Mapping[str, Any], action: str, resource_part: str) -> dict[str, Any]:
    """A policy without an action on resources whose ARN has this part. Fails where it grants no such thing."""
    kept, found = [], False
    for statement in document["Statement"]:
        actions = _listed(statement["Action"])
        if action in actions and any(resource_part in resource for resource in _listed(statement["Resource"])):
            found = True
            actions = [one for one in actions if one != action]
        if actions:
            kept.append({**statement, "Action": actions})
    if not found:
        raise LookupError(f"{action} on {resource_part} is not granted")
    return {**document, "Statement": kept}


def used(grants: Iterable[Grant], decisions: Iterable[Mapping[str, Any]], roles: Mapping[str, str]) -> set[Grant]:
    """The grants that some decision needed, and that allowed it."""
    asked: dict[str, set[tuple[str, str]]] = {}
    for one in decisions:
        if one["allowed"]:
            asked.setdefault(one["role"], set()).add((one["action"], one["resource"]))
    return {grant for grant in grants if any(grant.covers(*it) for it in asked.get(roles[grant.function], ()))}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
