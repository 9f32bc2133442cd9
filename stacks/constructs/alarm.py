"""An alarm: what it looks at, what to do first, and where its runbook is."""

from typing import cast

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from stacks.environment import Environment
from stacks.names import Names


def alarm(
    scope: Construct,
    *,
    about: str,
    trouble: str,
    metric: cloudwatch.IMetric,
    above: float,
    says: str,
    environment: Environment,
    id: str | None = None,
    periods: int = 1,
    of_them: int = 1,
    missing: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING,
    below: bool = False,
    ignore_few: bool = False,
) -> None:
    """Make an alarm `<about>-<trouble>` that tells the topic of alarms when it begins and when it ends.

    The topic is named, not referred to: it is in the stack that is deployed last, and the others have alarms too.

    Parameters
    ----------
    about : str
        What has the trouble, such as a function.
    trouble : str
        Also the heading of its runbook.
    above : float
        It rings where the metric is greater; with `below`, where it is this or less.
    says : str
        What is wrong, and `First: …`.
    periods, of_them : int
        It rings when the metric was so in `of_them` of the last `periods`.
    missing : TreatMissingData
        What to think of periods without data.
    ignore_few : bool
        For a percentile: leave the alarm as it is while there are too few values for one (CloudWatch: 10 / (1 - p)).
    id : str, optional
        The construct's; default: the trouble, capitalized.
    """
    names, comparison = Names(environment.name), cloudwatch.ComparisonOperator
    made = cloudwatch.Alarm(
        scope,
        id or trouble.capitalize(),
        alarm_name=names.alarm(about, trouble),
        alarm_description=f"{says} Runbook: {environment.runbooks}#{trouble}",
        metric=metric,
        threshold=above,
        comparison_operator=comparison.LESS_THAN_OR_EQUAL_TO_THRESHOLD if below else comparison.GREATER_THAN_THRESHOLD,
        evaluation_periods=periods,
        datapoints_to_alarm=of_them,
        treat_missing_data=missing,
        evaluate_low_sample_count_percentile="ignore" if ignore_few else None,
    )
    resource = cast("cloudwatch.CfnAlarm", made.node.default_child)
    resource.alarm_actions = resource.ok_actions = [alarm_topic_arn(scope, environment)]


def alarm_topic_arn(scope: Construct, environment: Environment) -> str:
    """The ARN of the topic of alarms."""
    return Stack.of(scope).format_arn(service="sns", resource=Names(environment.name).alarm_topic)
