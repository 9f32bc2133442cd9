"""Needs as documents of the policy language, merged so that they fit into managed policies."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from stacks.bootstrap.needs import Need

LIMIT = 6144  # characters of a managed policy, blanks not counted


def document(needs: Iterable[Need], *, partition: str, region: str, account: str) -> dict[str, Any]:
    """The policy that allows these needs. Resources that stand for the same are granted together."""
    place = {"P": partition, "R": region, "A": account}
    grants: dict[tuple[str, str], set[str]] = defaultdict(set)
    for need in needs:
        resources = json.dumps(sorted(_arn(need.service, one, place) for one in need.on))
        grants[resources, json.dumps(_placed(need.condition or {}, place), sort_keys=True)] |= set(need.listed())
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": sorted(actions), "Resource": json.loads(resources)}
            | ({"Condition": json.loads(condition)} if condition != "{}" else {})
            for (resources, condition), actions in sorted(grants.items())
        ],
    }


def _arn(service: str, resource: str, place: Mapping[str, str]) -> str:
    return resource if resource == "*" else _filled(f"arn:P:{service}:{resource}", place)


def _filled(arn: str, place: Mapping[str, str]) -> str:
    """`R` and `A` stand alone between colons or hyphens, `P` comes first."""
    parts = arn.split(":")
    filled = [place.get(part, part) for part in parts]
    filled[-1] = filled[-1].replace("-A-R", f"-{place['A']}-{place['R']}")
    return ":".join(filled)


def _placed(condition: Mapping[str, Any], place: Mapping[str, str]) -> dict[str, Any]:
    return {
        operator: {key: _filled(value, place) if str(value).startswith("arn:P") else value for key, value in of.items()}
        for operator, of in condition.items()
    }
