"""The fan-out: commits from the events table to projections, effects and their views."""

from collections.abc import Mapping
from pathlib import Path

from aws_cdk import Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from stacks.constructs.commit_stream import CommitStream
from stacks.constructs.consumer import Consumer, Kind
from stacks.constructs.declared import Declared, declared
from stacks.constructs.layer import our_layer
from stacks.constructs.outbox_bus import OutboxBus
from stacks.constructs.permissions import Permissions
from stacks.constructs.relay import Relay
from stacks.constructs.table import DataTable
from stacks.environment import Environment
from stacks.events_in_use import EventsInUse
from stacks.names import Names

ROOT = Path(__file__).parent.parent


class FanOutStack(Stack):
    """Relay, stream, views table, bus, and a consumer for each that the domain declares. Raises `BadLayer`.

    Parameters
    ----------
    contents : mapping of str to str
        `LayersStack.contents`.
    """

    def __init__(self, scope: Construct, *, environment: Environment, contents: Mapping[str, str]) -> None:
        names = Names(environment.name)
        super().__init__(
            scope,
            "FanOut",
            stack_name=names.stack("fan-out"),
            description="Tallygate: fan-out",
            termination_protection=environment.protect_data,
        )
        self._environment = environment
        self._may = Permissions(self, environment=environment)
        self._contents = contents
        self._library = [self._layer(name) for name in ("vendor", "tallygate")]
        DataTable(
            self,
            "Views",
            table_name=names.views_table,
            sort_key_type=dynamodb.AttributeType.STRING,
            environment=environment,
        )
        commits = CommitStream(self, "Commits", stream_name=names.commit_stream, environment=environment)
        OutboxBus(self, "Outbox", bus_name=names.outbox_bus, environment=environment)
        Relay(
            self,
            "Relay",
            events_stream_arn=ssm.StringParameter.value_for_string_parameter(
                self, EventsInUse(environment).stream_parameter
            ),
            layers=self._library,
            may=self._may,
            environment=environment,
        )
        found = declared(ROOT / environment.domain)
        if found.projections or found.effects:
            self._consumers(found, commits)

    def _layer(self, name: str) -> lambda_.ILayerVersion:
        return our_layer(self, name=name, contents=self._contents, environment=self._environment)

    def _consumers(self, found: Declared, commits: CommitStream) -> None:
        names = Names(self._environment.name)
        layers = [*self._library, self._layer("domain")]
        settings = {
            "VIEWS_TABLE": names.views_table,
            "EVENTS_TABLE": EventsInUse(self._environment).table,
            "EVENTS_EPOCH": str(self._environment.epoch),
            "OVERFLOW_BUCKET": names.overflow_bucket,
        }
        kinds: dict[Kind, tuple[tuple[str, ...], dict[str, str]]] = {
            "project": (found.projections, settings),
            "effect": (found.effects, {**settings, "EVENT_BUS": names.outbox_bus}),
        }
        for kind, (ids, variables) in kinds.items():
            for id in ids:
                Consumer(
                    self,
                    consumer=id,
                    category=found.categories[id],
                    kind=kind,
                    stream_arn=commits.stream.stream_arn,
                    settings=variables,
                    layers=layers,
                    may=self._may,
                    environment=self._environment,
                )
