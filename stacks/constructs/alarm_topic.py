"""The topic to which all alarms are told."""

from aws_cdk import Aws, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from stacks.constructs.nag import acknowledge
from stacks.environment import Environment
from stacks.names import Names

CLOUDWATCH = "cloudwatch.amazonaws.com"


class AlarmTopic(Construct):
    """An encrypted topic, to which CloudWatch may tell this environment's alarms, and a subscription for each address.

    Its key is its own, also where the environment has one for its data: CloudWatch can't use the key that AWS manages
    for SNS, whose policy nobody can change, and has no business with the key of the data.

    Attributes
    ----------
    topic : sns.Topic
    """

    def __init__(self, scope: Construct, id: str, *, environment: Environment) -> None:
        super().__init__(scope, id)
        names = Names(environment.name)
        key = kms.Key(
            self,
            "Key",
            description=f"Tallygate: alarms of {environment.name}",
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.topic = sns.Topic(
            self,
            "Topic",
            topic_name=names.alarm_topic,
            display_name=f"Tallygate {environment.name}: alarms",
            master_key=key,
            enforce_ssl=environment.tls_only,
        )
        ours = {
            "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
            "ArnLike": {
                "aws:SourceArn": f"arn:{Aws.PARTITION}:cloudwatch:{Aws.REGION}:{Aws.ACCOUNT_ID}:alarm:"
                f"{names.alarm('*', '*').removesuffix('-*')}"
            },
        }
        cloudwatch = iam.ServicePrincipal(CLOUDWATCH, conditions=ours)
        key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmsAreToldEncrypted",
                principals=[cloudwatch],
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                resources=["*"],
            )
        )
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmsAreTold",
                principals=[cloudwatch],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
            )
        )
        for address in environment.alarm_emails:
            self.topic.add_subscription(subscriptions.EmailSubscription(address))
        if not environment.tls_only:
            acknowledge(self.topic, {"AwsSolutions-SNS3": "The emulator on this machine speaks plain http only."})
