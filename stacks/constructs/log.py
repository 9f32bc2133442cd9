"""A log group, kept as long as its environment says."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.constructs.data_key import data_key
from stacks.environment import Environment

_RETENTION = {
    1: "ONE_DAY", 3: "THREE_DAYS", 5: "FIVE_DAYS", 7: "ONE_WEEK", 14: "TWO_WEEKS", 30: "ONE_MONTH",
    60: "TWO_MONTHS", 90: "THREE_MONTHS", 120: "FOUR_MONTHS", 150: "FIVE_MONTHS", 180: "SIX_MONTHS",
    365: "ONE_YEAR", 400: "THIRTEEN_MONTHS", 545: "EIGHTEEN_MONTHS", 731: "TWO_YEARS", 1096: "THREE_YEARS",
    1827: "FIVE_YEARS", 3653: "TEN_YEARS",
}  # fmt: skip


class Log(Construct):
    """The log of a function or a state machine. It outlives its stack where the data does (or not, by `keep`).

    Parameters
    ----------
    name : str
        Of the log group.
    environment : Environment
        Says for how many days lines are kept.
    keep : bool
        Whether it may outlive its stack at all.

    Attributes
    ----------
    group : logs.LogGroup
    """

    def __init__(self, scope: Construct, *, name: str, environment: Environment, keep: bool = True) -> None:
        super().__init__(scope, "Log")
        self.group = logs.LogGroup(
            self,
            "Resource",
            log_group_name=name,
            encryption_key=data_key(self, environment),
            retention=logs.RetentionDays[_RETENTION[environment.log_retention_days]],
            removal_policy=RemovalPolicy.RETAIN if environment.retain_data and keep else RemovalPolicy.DESTROY,
        )
