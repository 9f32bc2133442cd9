"""What tells people how it goes: dashboard, alarms and their topic, metrics out of logs, saved queries."""

from collections.abc import Sequence

from aws_cdk import Stack
from constructs import Construct

from stacks.constructs.alarm_topic import AlarmTopic
from stacks.constructs.batch_alarms import BatchAlarms
from stacks.constructs.call_alarms import CallAlarms
from stacks.constructs.dashboard import Dashboard
from stacks.constructs.function_alarms import FunctionAlarms
from stacks.constructs.reported_metrics import ReportedMetrics
from stacks.constructs.saved_queries import SavedQueries
from stacks.constructs.watched import watched
from stacks.environment import Environment
from stacks.names import Names


class ObservabilityStack(Stack):
    """Nothing depends on it: it can be deleted and made again, and no data with it.

    Parameters
    ----------
    stacks : sequence of Stack
        Whose functions are watched. They are deployed first: a metric filter needs the log that it is about.
    """

    def __init__(self, scope: Construct, *, stacks: Sequence[Stack], environment: Environment) -> None:
        names = Names(environment.name)
        super().__init__(
            scope,
            "Observability",
            stack_name=names.stack("observability"),
            description="Tallygate: dashboard and alarms",
            termination_protection=environment.protect_data,
        )
        functions = watched(stacks, environment)
        AlarmTopic(self, "Alarms", environment=environment)
        Dashboard(self, "Overview", functions=functions, environment=environment)
        BatchAlarms(self, environment=environment)
        CallAlarms(self, environment=environment)
        for function in functions:
            ReportedMetrics(self, function=function.name, environment=environment)
            FunctionAlarms(self, function=function, environment=environment)
        SavedQueries(self, "Queries", functions=[one.name for one in functions], environment=environment)
        for stack in stacks:
            self.add_stack_dependency(stack)
