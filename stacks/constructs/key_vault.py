"""The vault of keys under which personal data are sealed, one for each subject."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from constructs import Construct

from stacks.environment import Environment

RECOVERY_DAYS = 1  # the least that there is: a key that is forgotten lives on for so long


class KeyVault(Construct):
    """A table of wrapped keys (`pk` = subject) and the KMS key that wraps them and encrypts the table.

    Whoever loses either of the two has lost all personal data: both outlive their stack where the environment says so.
    """

    def __init__(self, scope: Construct, id: str, *, table_name: str, key_alias: str, environment: Environment) -> None:
        super().__init__(scope, id)
        kept = RemovalPolicy.RETAIN if environment.retain_data else RemovalPolicy.DESTROY
        key = kms.Key(
            self,
            "Key",
            alias=key_alias,
            description=f"Tallygate {environment.name}: wraps the keys of subjects",
            enable_key_rotation=True,
            removal_policy=kept,
        )
        dynamodb.Table(
            self,
            "Table",
            table_name=table_name,
            partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
            encryption_key=key,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True, recovery_period_in_days=RECOVERY_DAYS
            ),
            deletion_protection=environment.protect_data,
            removal_policy=kept,
        )
