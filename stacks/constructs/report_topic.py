"""The topic that tells people how batches ended."""

from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from stacks.constructs.data_key import data_key
from stacks.constructs.nag import acknowledge
from stacks.environment import Environment
from stacks.names import Names


class ReportTopic(Construct):
    """An encrypted topic without subscriptions: whoever wants to hear of batches subscribes.

    Attributes
    ----------
    topic : sns.Topic
    """

    def __init__(self, scope: Construct, id: str, *, environment: Environment) -> None:
        super().__init__(scope, id)
        self.topic = sns.Topic(
            self,
            "Topic",
            topic_name=Names(environment.name).report_topic,
            display_name="Tallygate: batches",
            master_key=data_key(self, environment) or kms.Alias.from_alias_name(self, "Key", "alias/aws/sns"),
            enforce_ssl=environment.tls_only,
        )
        if not environment.tls_only:
            acknowledge(self.topic, {"AwsSolutions-SNS3": "The emulator on this machine speaks plain http only."})
