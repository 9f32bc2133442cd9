"""The topic to which all alarms are told."""

from aws_cdk import Aws, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from stacks.constructs.data_key import TO_ENCRYPT, data_key
from stacks.constructs.nag import acknowledge
from stacks.environment import Environment
from stacks.names import Names

CLOUDWATCH = "cloudwatch.amazonaws.com"


class AlarmTopic(Construct):
    """An encrypted topic, to which CloudWatch may tell this environment's alarms, and a subscription for each address.

    It lies under the environment's key where there is one, else under a key of its own: CloudWatch can't use the key
    that AWS manages for SNS, and nobody can change the policy of that.

    Attributes
    ----------
    topic : sns.Topic
    """

    def __init__(self, scope: Construct, id: str, *, environment: Environment) -> None:
        super().__init__(scope, id)
        names = Names(environment.name)
        self.topic = sns.Topic(
            self,
            "Topic",
            topic_name=names.alarm_topic,
            display_name=f"Tallygate {environment.name}: alarms",
            master_key=data_key(self, environment) or self._own_key(environment),
            enforce_ssl=environment.tls_only,
        )
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmsAreTold",
                principals=[_our_alarms(environment)],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
            )
        )
        for address in environment.alarm_emails:
            self.topic.add_subscription(subscriptions.EmailSubscription(address))
        if not environment.tls_only:
            acknowledge(self.topic, {"AwsSolutions-SNS3": "The emulator on this machine speaks plain http only."})

    def _own_key(self, environment: Environment) -> kms.Key:
        key = kms.Key(
            self,
            "Key",
            description=f"Tallygate: alarms of {environment.name}",
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.DESTROY,
        )
        key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmsAreToldEncrypted",
                principals=[_our_alarms(environment)],
                actions=list(TO_ENCRYPT),
                resources=["*"],
            )
        )
        return key


def _our_alarms(environment: Environment) -> iam.ServicePrincipal:
    alarms = f"alarm:{Names(environment.name).alarm('*', '*').removesuffix('-*')}"
    return iam.ServicePrincipal(
        CLOUDWATCH,
        conditions={
            "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
            "ArnLike": {"aws:SourceArn": f"arn:{Aws.PARTITION}:cloudwatch:{Aws.REGION}:{Aws.ACCOUNT_ID}:{alarms}"},
        },
    )
