"""Names of what one stack makes and another uses.

Stacks refer to each other by these names and never by a CloudFormation export: an export that is in use can't change,
which deadlocks the update of a layer.
"""

from dataclasses import dataclass

from aws_cdk import Aws


@dataclass(frozen=True)
class Names:
    """The names of one environment's resources.

    Parameters
    ----------
    environment : str
        The environment's name.
    """

    environment: str

    @property
    def first_events_table(self) -> str:
        """The table of commits that the stack makes. After a restore another is in use: see `EventsInUse`."""
        return self._of("events")

    @property
    def batches_table(self) -> str:
        """The table of batch records."""
        return self._of("batches")

    @property
    def batches_bucket(self) -> str:
        """The bucket of manifests and chunk indexes; unique over all accounts."""
        return f"{self._of('batches')}-{Aws.ACCOUNT_ID}-{Aws.REGION}"

    @property
    def overflow_bucket(self) -> str:
        """The bucket of events too large for the table; unique over all accounts."""
        return f"{self._of('overflow')}-{Aws.ACCOUNT_ID}-{Aws.REGION}"

    @property
    def subjects_table(self) -> str:
        """The table of the keys under which personal data are sealed."""
        return self._of("subjects")

    @property
    def subjects_key(self) -> str:
        """The alias of the KMS key that wraps those."""
        return f"alias/{self._of('subjects')}"

    @property
    def task_queue(self) -> str:
        """The queue of chunks."""
        return self._of("chunks")

    @property
    def report_topic(self) -> str:
        """The topic of batches that have ended."""
        return self._of("reports")

    @property
    def views_table(self) -> str:
        """The table of what projections and effects have applied."""
        return self._of("views")

    @property
    def commit_stream(self) -> str:
        """The Kinesis stream of commits."""
        return self._of("commits")

    @property
    def outbox_bus(self) -> str:
        """The EventBridge bus to which effects send."""
        return self._of("outbox")

    @property
    def events_stream_parameter(self) -> str:
        """The SSM parameter that holds the ARN of the stream of the events table that the stack makes."""
        return f"/tallygate/{self.environment}/events-stream"

    def restored_stream_parameter(self, table: str) -> str:
        """The SSM parameter that holds the ARN of a restored table's stream; the restore writes it."""
        return f"{self.events_stream_parameter}/{table}"

    @property
    def data_key(self) -> str:
        """The alias of the KMS key of all that is stored, where it is the customer's."""
        return f"alias/{self._of('data')}"

    @property
    def data_key_parameter(self) -> str:
        """The SSM parameter that holds that key's ARN."""
        return f"/tallygate/{self.environment}/data-key"

    @property
    def alarm_topic(self) -> str:
        """The topic of alarms."""
        return self._of("alarms")

    @property
    def dashboard(self) -> str:
        """The CloudWatch dashboard."""
        return f"tallygate-{self.environment}"

    @property
    def metrics(self) -> str:
        """The namespace of the metrics that our code tells."""
        return f"Tallygate/{self.environment}"

    def reported(self, function: str) -> str:
        """The namespace of what the platform reports of a function: a metric filter's metrics can't name it."""
        return f"{self.metrics}/{function}"

    @property
    def state_machine(self) -> str:
        """The batch's state machine."""
        return self._of("batch")

    def function(self, name: str) -> str:
        """A Lambda function."""
        return self._of(name)

    def log(self, function: str) -> str:
        """The log group of a function of ours."""
        return f"/aws/lambda/{self.function(function)}"

    def saved_query(self, name: str) -> str:
        """A query over the logs."""
        return f"tallygate/{self.environment}/{name}"

    def dead_letters(self, function: str) -> str:
        """The queue of what a function of ours gave up."""
        return self._of(f"{function}-dead-letters")

    def schedule(self, function: str) -> str:
        """The rule that calls a function of ours from time to time."""
        return self._of(function)

    def alarm(self, function: str, trouble: str) -> str:
        """An alarm about a function of ours."""
        return self._of(f"{function}-{trouble}")

    def layer(self, name: str) -> str:
        """A Lambda layer."""
        return self._of(name)

    @property
    def layer_resolver(self) -> str:
        """The function that resolves layers, within the environment."""
        return "latest_layer"

    def stack(self, name: str) -> str:
        """A CloudFormation stack."""
        return self._of(name)

    def _of(self, name: str) -> str:
        return f"tallygate-{self.environment}-{name}"
