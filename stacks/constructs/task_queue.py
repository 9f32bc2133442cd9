"""The queue of chunks (placeholder)."""

from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.constructs.nag import acknowledge
from stacks.environments import Environment
from stacks.names import Names


class TaskQueue(Construct):
    """A queue."""

    def __init__(self, scope: Construct, id: str, *, environment: Environment) -> None:
        super().__init__(scope, id)
        self.queue = sqs.Queue(
            self, "Queue", queue_name=Names(environment.name).function("tasks"), enforce_ssl=environment.tls_only
        )
        acknowledge(self.queue, {"AwsSolutions-SQS3": "later", "AwsSolutions-SQS4": "later"})
