"""The end of a batch: its report, told to whoever listens."""

from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from stacks.constructs.transient import retry_transient

SOURCE = "tallygate.batch"
DETAIL_TYPE = "Batch reported"


class BatchReport(Construct):
    """States `Report`, `Announce`, `Notify` and the four ends.

    An event and a notification are sent at least once: an execution that is redriven, or a batch that is started again
    under its name, tells the same report again. The time `reported` in it is the same then.

    Parameters
    ----------
    report : IFunction
    bus : IEventBus
        Gets the report as an event of the source `tallygate.batch`.
    topic : ITopic
        Gets it as text.

    Attributes
    ----------
    start : LambdaInvoke
    """

    def __init__(
        self, scope: Construct, id: str, *, report: lambda_.IFunction, bus: events.IEventBus, topic: sns.ITopic
    ) -> None:
        super().__init__(scope, id)
        self.start = self._report(report)
        self.start.next(self._announce(bus)).next(self._notify(topic)).next(self._ends())

    def _report(self, report: lambda_.IFunction) -> tasks.LambdaInvoke:
        task = tasks.LambdaInvoke(
            self,
            "Report",
            state_name="Report",
            comment="Totals, checked: ok + failed + abandoned = items.",
            lambda_function=report,
            payload_response_only=True,
            retry_on_service_exceptions=False,
        )
        retry_transient(task)
        return task

    def _announce(self, bus: events.IEventBus) -> tasks.EventBridgePutEvents:
        task = tasks.EventBridgePutEvents(
            self,
            "Announce",
            state_name="Announce",
            comment="The report as an event.",
            entries=[
                tasks.EventBridgePutEventsEntry(
                    event_bus=bus,
                    source=SOURCE,
                    detail_type=DETAIL_TYPE,
                    detail=sfn.TaskInput.from_json_path_at("$"),
                )
            ],
            result_path=sfn.JsonPath.DISCARD,
        )
        task.add_retry(errors=["States.ALL"], max_attempts=8)
        return task

    def _notify(self, topic: sns.ITopic) -> tasks.SnsPublish:
        task = tasks.SnsPublish(
            self,
            "Notify",
            state_name="Notify",
            comment="The report for people.",
            topic=topic,
            subject=sfn.JsonPath.format("Tallygate batch: {}", sfn.JsonPath.string_at("$.status")),
            message=sfn.TaskInput.from_json_path_at("States.JsonToString($)"),
            result_path=sfn.JsonPath.DISCARD,
        )
        task.add_retry(errors=["States.ALL"], max_attempts=8)
        return task

    def _ends(self) -> sfn.Choice:
        choice = sfn.Choice(self, "IsComplete", state_name="Complete?")
        for status, end in (("complete", "Complete"), ("cancelled", "Cancelled")):
            choice.when(sfn.Condition.string_equals("$.status", status), sfn.Succeed(self, end, state_name=end))
        choice.when(sfn.Condition.string_equals("$.on_incomplete", "fail"), self._incomplete())
        choice.otherwise(sfn.Succeed(self, "Partial", state_name="Partial"))
        return choice

    def _incomplete(self) -> sfn.Fail:
        return sfn.Fail(
            self,
            "Incomplete",
            state_name="Incomplete",
            error="Incomplete",
            cause_path=sfn.JsonPath.format(
                "{} of {} items are ok, {} failed, {} were abandoned",
                *(sfn.JsonPath.string_at(f"$.{field}") for field in ("ok", "items", "failed", "abandoned")),
            ),
        )
