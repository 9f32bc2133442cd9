"""Policies for people and functions that are not ours: what may be done in an environment, and no more.

`python -m stacks.operators start --env dev --account 111122223333 --region eu-central-1` prints one as JSON; nothing is
deployed, and nothing asked of AWS. Standard library only. See docs/security.md.
"""

import argparse
import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stacks.environment import BadEnvironment, Environment
from stacks.environments import chosen

Statement = dict[str, Any]
_ACCOUNT = re.compile(r"\d{12}")
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d")
_CATEGORY = re.compile(r"[a-z][a-z0-9_]{0,63}")
ON_DATA = {
    "dynamodb": {"GetItem", "Query", "Scan", "PutItem"},
    "s3": {"GetObject", "GetObjectVersion", "PutObject"},
}


class BadPolicy(ValueError):
    """No policy can be made of this; the message says what is expected."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where an environment is deployed. Raises `BadPolicy`.

    Parameters
    ----------
    environment : Environment
    account, region : str
    partition : str
    """

    environment: Environment
    account: str
    region: str
    partition: str = "aws"

    def __post_init__(self) -> None:
        if not _ACCOUNT.fullmatch(self.account):
            raise BadPolicy(f"the account is {self.account!r}, expected 12 digits")
        if not _REGION.fullmatch(self.region):
            raise BadPolicy(f"the Region is {self.region!r}, expected one such as eu-central-1")

    def arn(self, service: str, resource: str) -> str:
        """Of a resource of this account and Region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def name(self, name: str) -> str:
        """As `stacks.names` makes it."""
        return f"tallygate-{self.environment.name}-{name}"

    def table(self, name: str) -> str:
        """Of a table; the one of commits may have been made by a restore."""
        restored = self.environment.restored_table if name == "events" else ""
        return self.arn("dynamodb", f"table/{restored or self.name(name)}")

    def objects(self, bucket: str, keys: str) -> str:
        """Of objects in a bucket."""
        return f"arn:{self.partition}:s3:::{self.name(bucket)}-{self.account}-{self.region}/{keys}"

    @property
    def machine(self) -> str:
        """The batch's state machine."""
        return self.arn("states", f"stateMachine:{self.name('batch')}")

    @property
    def executions(self) -> str:
        """All executions of it."""
        return self.arn("states", f"execution:{self.name('batch')}:*")


def start(place: Place, _categories: Sequence[str] = ()) -> list[Statement]:
    """May upload manifests and start batches (and by the same call, redrive and cancel them), and see how they end."""
    return [
        _allow(["states:StartExecution"], [place.machine]),
        _allow(["states:DescribeExecution"], [place.executions]),
        _allow(["s3:PutObject"], [place.objects("batches", "manifests/*")]),
    ]


def look(place: Place, _categories: Sequence[str] = ()) -> list[Statement]:
    """May see everything, stored data too, and change nothing: what `make explain` and `make parked` need."""
    views, events, batches = (place.table(name) for name in ("views", "events", "batches"))
    logs = place.arn("logs", f"log-group:/aws/lambda/{place.name('*')}")
    map_runs = place.arn("states", f"mapRun:{place.name('batch')}/*:*")
    return [
        _allow(["states:DescribeStateMachine", "states:ListExecutions"], [place.machine]),
        _allow(["states:DescribeExecution", "states:GetExecutionHistory", "states:ListMapRuns"], [place.executions]),
        _allow(["states:DescribeMapRun"], [map_runs]),
        _allow(["dynamodb:GetItem", "dynamodb:Query"], [views, events, batches]),
        _allow(["dynamodb:DescribeTable"], [events]),
        _allow(["s3:GetObject"], [place.objects("overflow", "*")]),
        _allow(["s3:GetObject", "s3:GetObjectVersion"], [place.objects("batches", "*")]),
        _allow(["logs:FilterLogEvents", "logs:GetLogEvents"], [f"{logs}:*"]),
        # These take no resource.
        _allow(["cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData", "logs:DescribeLogGroups"], ["*"]),
    ]


def operate(place: Place, categories: Sequence[str] = ()) -> list[Statement]:
    """May look; redrive, cancel and stop; unpark, rebuild and swap projections."""
    sweeps = place.arn("lambda", f"function:{place.name('sweep-*')}")
    return [
        *look(place, categories),
        _allow(["states:StartExecution"], [place.machine]),
        _allow(["states:RedriveExecution", "states:StopExecution"], [place.executions]),
        _allow(["dynamodb:PutItem"], [place.table("views")]),
        _allow(["lambda:InvokeFunction"], [sweeps]),
    ]


def append(place: Place, categories: Sequence[str] = ()) -> list[Statement]:
    """May load and append streams, of these categories or of all: for a function of yours."""
    streams = _allow(["dynamodb:PutItem", "dynamodb:Query"], [place.table("events")])
    if categories:
        keys = [f"{category}-*" for category in categories]
        # The second, because "all values" is true of none.
        streams["Condition"] = {
            "ForAllValues:StringLike": {"dynamodb:LeadingKeys": keys},
            "Null": {"dynamodb:LeadingKeys": "false"},
        }
    keys = [f"{category}-*" for category in categories] or ["*"]
    return [streams, _allow(["s3:GetObject", "s3:PutObject"], [place.objects("overflow", key) for key in keys])]


MAY: Mapping[str, Callable[[Place, Sequence[str]], list[Statement]]] = {
    "start": start,
    "look": look,
    "operate": operate,
    "append": append,
}


def policy(may: str, place: Place, categories: Sequence[str] = ()) -> dict[str, Any]:
    """A policy document. Raises `BadPolicy`."""
    if categories and may != "append":
        raise BadPolicy(f"{may!r} is for no categories of streams: only 'append' is")
    for category in categories:
        if not _CATEGORY.fullmatch(category):
            raise BadPolicy(f"the category {category!r} can't be one: a lower-case letter, then up to 63 of a-z 0-9 _")
    statements = MAY[may](place, categories)
    return {"Version": "2012-10-17", "Statement": [*statements, *_key(place, statements)]}


def _key(place: Place, statements: Sequence[Statement]) -> list[Statement]:
    """The environment's own key, if it has one: found by its alias, since nobody knows its id before it is made."""
    if place.environment.encryption == "aws":
        return []
    found = []
    for service, those in ON_DATA.items():
        actions = {one.partition(":")[2] for s in statements for one in s["Action"] if one.startswith(f"{service}:")}
        if actions & those:
            both = service == "s3" and "PutObject" in actions
            key = _allow(["kms:Decrypt", *(["kms:GenerateDataKey"] if both else [])], [place.arn("kms", "key/*")])
            key["Condition"] = {
                "StringEquals": {"kms:ViaService": f"{service}.{place.region}.amazonaws.com"},
                "ForAnyValue:StringEquals": {"kms:ResourceAliases": f"alias/{place.name('data')}"},
            }
            found.append(key)
    return found


def _allow(actions: list[str], resources: list[str]) -> Statement:
    return {"Effect": "Allow", "Action": actions, "Resource": resources}


def main(arguments: Sequence[str]) -> int:
    """Print a policy. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m stacks.operators", description="Print a policy as JSON.")
    parser.add_argument("may", choices=MAY, help="; ".join(f"{name}: {made.__doc__}" for name, made in MAY.items()))
    for name in ("env", "account", "region"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--category", action="append", default=[], help="of streams, for append; may be repeated")
    given = parser.parse_args(arguments)
    try:
        found = tuple(chosen(given.env))
        if not found:
            raise BadPolicy(f"{given.env!r} is no environment: give the name of one in stacks/environments.py")
        place = Place(environment=found[0], account=given.account, region=given.region)
        print(json.dumps(policy(given.may, place, given.category), indent=2))
    except (BadEnvironment, BadPolicy) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
