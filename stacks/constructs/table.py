"""A table that holds what must not be lost."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from stacks.constructs.data_key import data_key
from stacks.environment import Environment

RECOVERY_DAYS = 35


class DataTable(Construct):
    """A table keyed by `pk` (text) and `sk`: on demand, with point-in-time recovery. No index, no TTL.

    It is encrypted, under the environment's own key if it has one.

    Parameters
    ----------
    table_name : str
    sort_key_type : AttributeType
        Of `sk`.
    stream : StreamViewType, optional
        What the table's stream carries.
    environment : Environment
        Says whether the table is protected and retained.

    Attributes
    ----------
    table : dynamodb.Table
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        table_name: str,
        sort_key_type: dynamodb.AttributeType,
        environment: Environment,
        stream: dynamodb.StreamViewType | None = None,
    ) -> None:
        super().__init__(scope, id)
        key = data_key(self, environment)
        managed = dynamodb.TableEncryption.CUSTOMER_MANAGED if key else dynamodb.TableEncryption.AWS_MANAGED
        self.table = dynamodb.Table(
            self,
            "Table",
            table_name=table_name,
            partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name="sk", type=sort_key_type),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=managed,
            encryption_key=key,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True, recovery_period_in_days=RECOVERY_DAYS
            ),
            stream=stream,
            deletion_protection=environment.protect_data,
            removal_policy=RemovalPolicy.RETAIN if environment.retain_data else RemovalPolicy.DESTROY,
        )
