"""What the platform reports of each invocation, as metrics: memory used, initialisation, what is billed."""

from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.environment import Environment
from stacks.names import Names

# The report of an invocation in JSON, `platform.report`. A first start's alone has `initDurationMs`.
FIELDS = {
    "MemoryUsedMB": "$.record.metrics.maxMemoryUsedMB",
    "BilledMilliseconds": "$.record.metrics.billedDurationMs",
    "InitMilliseconds": "$.record.metrics.initDurationMs",
}
_UNITS = {"MemoryUsedMB": "Megabytes", "BilledMilliseconds": "Milliseconds", "InitMilliseconds": "Milliseconds"}


class ReportedMetrics(Construct):
    """Metric filters on a function's log.

    Parameters
    ----------
    function : str
        Its name within the environment, which names the namespace too: the report doesn't say whose it is.
    """

    def __init__(self, scope: Construct, *, function: str, environment: Environment) -> None:
        super().__init__(scope, f"Reported-{function}")
        names = Names(environment.name)
        for name, field in FIELDS.items():
            logs.CfnMetricFilter(
                self,
                name,
                log_group_name=names.log(function),
                filter_name=name,
                filter_pattern=f'{{ $.type = "platform.report" && {field} > 0 }}',
                metric_transformations=[
                    logs.CfnMetricFilter.MetricTransformationProperty(
                        metric_namespace=names.reported(function),
                        metric_name=name,
                        metric_value=field,
                        unit=_UNITS[name],
                    )
                ],
            )
