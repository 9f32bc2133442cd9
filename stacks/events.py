"""State: the events table, the batch records, and their buckets. Rarely touched, alone in its stack."""

from aws_cdk import Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from stacks.constructs.batches_bucket import BatchesBucket
from stacks.constructs.data_key import DataKey
from stacks.constructs.key_vault import KeyVault
from stacks.constructs.overflow_bucket import OverflowBucket
from stacks.constructs.table import DataTable
from stacks.environment import Environment
from stacks.names import Names


class EventsStack(Stack):
    """The stateful stack; protected against termination where the environment says so."""

    def __init__(self, scope: Construct, *, environment: Environment) -> None:
        names = Names(environment.name)
        super().__init__(
            scope,
            "Events",
            stack_name=names.stack("events"),
            description="Tallygate: state",
            termination_protection=environment.protect_data,
        )
        if environment.encryption == "customer":
            DataKey(self, environment=environment)
        events = DataTable(
            self,
            "EventTable",
            table_name=names.first_events_table,
            sort_key_type=dynamodb.AttributeType.NUMBER,
            stream=dynamodb.StreamViewType.NEW_IMAGE,
            environment=environment,
        )
        self._publish_stream(events.table, names.events_stream_parameter)
        DataTable(
            self,
            "BatchTable",
            table_name=names.batches_table,
            sort_key_type=dynamodb.AttributeType.STRING,
            environment=environment,
        )
        BatchesBucket(self, "Batches", bucket_name=names.batches_bucket, environment=environment)
        if environment.forgetting:
            KeyVault(
                self,
                "Subjects",
                table_name=names.subjects_table,
                key_alias=names.subjects_key,
                environment=environment,
            )
        OverflowBucket(self, "Overflow", bucket_name=names.overflow_bucket, environment=environment)

    def _publish_stream(self, table: dynamodb.Table, parameter: str) -> None:
        """Only the stream's ARN can't be told from a name: it has the time in it at which the stream was made."""
        assert table.table_stream_arn  # noqa: S101 (the table was made with a stream)
        ssm.StringParameter(
            self,
            "EventStream",
            parameter_name=parameter,
            string_value=table.table_stream_arn,
            description="ARN of the stream of the events table",
        )
