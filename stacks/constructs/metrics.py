"""The metrics of an environment: AWS's own and ours, each with the dimensions that it has."""

from aws_cdk import ArnFormat, Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from stacks.environment import Environment
from stacks.names import Names

MINUTE = Duration.minutes(1)
FIVE_MINUTES = Duration.minutes(5)


class Metrics:
    """Makes metrics. What a function tells of itself is named by the function, whatever else is by its resource.

    Parameters
    ----------
    scope : Construct
        In the stack that uses them.

    A label is for graphs: an alarm whose metric has one is rendered as metric math.
    """

    def __init__(self, scope: Construct, environment: Environment) -> None:
        self._scope = scope
        self._names = Names(environment.name)

    def own(
        self, name: str, statistic: str, *, period: Duration = MINUTE, label: str | None = None, **dimensions: str
    ) -> cloudwatch.Metric:
        """What our code tells: by `service`, by `operation`, or for the whole environment."""
        return self._metric(self._names.metrics, name, statistic, period, label, dimensions)

    def reported(
        self, function: str, name: str, statistic: str, *, period: Duration = MINUTE, label: str | None = None
    ) -> cloudwatch.Metric:
        """What the platform reports of a function, taken from its log."""
        return self._metric(self._names.reported(function), name, statistic, period, label, {})

    def function(
        self, function: str, name: str, statistic: str, *, period: Duration = MINUTE, label: str | None = None
    ) -> cloudwatch.Metric:
        """Lambda's."""
        dimensions = {"FunctionName": self._names.function(function)}
        return self._metric("AWS/Lambda", name, statistic, period, label, dimensions)

    def queue(self, queue: str, name: str, *, label: str | None = None) -> cloudwatch.Metric:
        """SQS's, by the queue's whole name."""
        return self._metric("AWS/SQS", name, "Maximum", MINUTE, label, {"QueueName": queue})

    def table(self, table: str, name: str, *, label: str | None = None) -> cloudwatch.Metric:
        """DynamoDB's, by the table's whole name."""
        return self._metric("AWS/DynamoDB", name, "Sum", MINUTE, label, {"TableName": table})

    def stream(self, name: str, statistic: str, *, label: str | None = None) -> cloudwatch.Metric:
        """Kinesis's, of the stream of commits."""
        return self._metric("AWS/Kinesis", name, statistic, MINUTE, label, {"StreamName": self._names.commit_stream})

    def executions(self, name: str, *, period: Duration = MINUTE, label: str | None = None) -> cloudwatch.Metric:
        """Step Functions', of the batches' state machine."""
        arn = Stack.of(self._scope).format_arn(
            service="states",
            resource="stateMachine",
            resource_name=self._names.state_machine,
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        return self._metric("AWS/States", name, "Sum", period, label, {"StateMachineArn": arn})

    def _metric(  # noqa: PLR0917 (it is for this class alone)
        self, namespace: str, name: str, statistic: str, period: Duration, label: str | None, dimensions: dict[str, str]
    ) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace=namespace,
            metric_name=name,
            dimensions_map=dimensions or None,
            statistic=statistic,
            period=period,
            label=label,
        )
