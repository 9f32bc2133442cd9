"""The batch: its functions and its state machine."""

from collections.abc import Mapping

from aws_cdk import Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.constructs.batch_workflow import BatchWorkflow
from stacks.constructs.function import Function
from stacks.constructs.layer import our_layer
from stacks.constructs.live_version import called_name
from stacks.constructs.permissions import Permissions
from stacks.constructs.report_topic import ReportTopic
from stacks.constructs.task_queue import TaskQueue
from stacks.environment import Environment
from stacks.events_in_use import EventsInUse
from stacks.names import Names

GATEKEEPER_SECONDS = 60
REPORT_SECONDS = 900  # it copies what is left, which may be all
SEND_SECONDS = 300
PLAN_SECONDS = 900
MEMORY_MB = 256
EVENT_STORE = ("EVENTS_TABLE", "EVENTS_EPOCH", "OVERFLOW_BUCKET")


class BatchStack(Stack):
    """Plan, work, gatekeeper, report, and the state machine that calls them.

    Parameters
    ----------
    contents : mapping of str to str
        `LayersStack.contents`.
    """

    def __init__(self, scope: Construct, *, environment: Environment, contents: Mapping[str, str]) -> None:
        names = Names(environment.name)
        super().__init__(
            scope,
            "Batch",
            stack_name=names.stack("batch"),
            description="Tallygate: batches",
            termination_protection=environment.protect_data,
        )
        self._environment = environment
        self._layers = {
            name: our_layer(self, name=name, contents=contents, environment=environment)
            for name in ("vendor", "tallygate", "domain")
        }
        self._settings: dict[str, str] = {
            "BATCHES_TABLE": names.batches_table,
            "BATCHES_BUCKET": names.batches_bucket,
            "EVENTS_TABLE": EventsInUse(environment).table,
            "EVENTS_EPOCH": str(environment.epoch),
            "OVERFLOW_BUCKET": names.overflow_bucket,
            "LEASE_SECONDS": str(environment.lease_seconds),
            "WORKER_MEMORY_MB": str(environment.worker_memory_mb),
            "PLAN_MEMORY_MB": str(environment.plan_memory_mb),
            "PLAN_STORAGE_MB": str(environment.plan_storage_mb),
            "WORKER_FUNCTION": called_name(names.function("work"), environment),
        }
        may = Permissions(self, environment=environment)
        self._queue = TaskQueue(
            self,
            name=names.task_queue,
            worker_timeout_seconds=environment.worker_timeout_seconds,
            environment=environment,
        )
        self._settings["QUEUE_URL"] = self._queue.queue.queue_url
        if environment.queue_concurrency:
            self._queue.feed(self._work_queued(may), concurrency=environment.queue_concurrency)
        BatchWorkflow(
            self,
            "Workflow",
            plan=self._plan(may),
            work=self._work(may),
            send=self._send(may),
            gatekeeper=self._gatekeeper(may),
            report=self._report(may),
            bucket=s3.Bucket.from_bucket_name(self, "Batches", names.batches_bucket),
            bus=events.EventBus.from_event_bus_name(self, "DefaultBus", "default"),
            topic=ReportTopic(self, "Reports", environment=environment).topic,
            environment=environment,
        )

    def _plan(self, may: Permissions) -> lambda_.IFunction:
        estimates = ("WORKER_MEMORY_MB", "LEASE_SECONDS", "PLAN_MEMORY_MB", "PLAN_STORAGE_MB")
        fed = self._environment.queue_concurrency
        queue = {"QUEUE_CONCURRENCY": str(fed)} if fed else {}
        return Function(
            self,
            name="plan",
            layers=[self._layers[name] for name in ("vendor", "tallygate", "domain")],
            settings=self._pick("BATCHES_TABLE", "BATCHES_BUCKET", *estimates) | queue,
            permissions=[
                *may.open_manifests(),
                may.write_objects(),
                may.use_batches("GetItem", "PutItem"),
            ],
            timeout_seconds=PLAN_SECONDS,
            memory_mb=self._environment.plan_memory_mb,
            storage_mb=self._environment.plan_storage_mb,
            environment=self._environment,
        ).called

    def _worker(
        self, name: str, may: Permissions, *more: iam.PolicyStatement, reserved: int | None = None
    ) -> lambda_.IFunction:
        return Function(
            self,
            name=name,
            layers=[self._layers[name] for name in ("vendor", "tallygate", "domain")],
            settings=self._pick("BATCHES_TABLE", "BATCHES_BUCKET", *EVENT_STORE, "LEASE_SECONDS"),
            permissions=[
                may.read_manifests(),
                may.write_objects(),
                may.use_batches("GetItem", "PutItem", "UpdateItem"),
                may.use_events("PutItem", "Query"),
                may.use_overflow(),
                *more,
            ],
            timeout_seconds=self._environment.worker_timeout_seconds,
            memory_mb=self._environment.worker_memory_mb,
            reserved=reserved,
            environment=self._environment,
        ).called

    def _work_queued(self, may: Permissions) -> lambda_.IFunction:
        return self._worker("work_queued", may, may.receive_chunks(self._queue.queue))

    def _work(self, may: Permissions) -> lambda_.IFunction:
        work = self._worker("work", may, reserved=self._environment.worker_concurrency)
        # The gatekeeper sends a chunk again when it is overdue; the platform's own retries would only double it.
        work.configure_async_invoke(retry_attempts=0)
        return work

    def _send(self, may: Permissions) -> lambda_.IFunction:
        return Function(
            self,
            name="send",
            layers=[self._layers[name] for name in ("vendor", "tallygate")],
            settings=self._pick("BATCHES_TABLE", "BATCHES_BUCKET", "QUEUE_URL"),
            permissions=[may.use_batches("GetItem"), may.read_index(), may.send_chunks(self._queue.queue)],
            timeout_seconds=SEND_SECONDS,
            memory_mb=MEMORY_MB,
            environment=self._environment,
        ).called

    def _gatekeeper(self, may: Permissions) -> lambda_.IFunction:
        return Function(
            self,
            name="gatekeeper",
            layers=[self._layers[name] for name in ("vendor", "tallygate")],
            settings=self._pick("BATCHES_TABLE", "BATCHES_BUCKET", "WORKER_FUNCTION", "QUEUE_URL"),
            permissions=[
                may.use_batches("GetItem", "PutItem", "Query", "UpdateItem"),
                may.read_index(),
                may.invoke("work"),
                may.send_chunks(self._queue.queue, and_look=True),
            ],
            timeout_seconds=GATEKEEPER_SECONDS,
            memory_mb=MEMORY_MB,
            environment=self._environment,
        ).called

    def _report(self, may: Permissions) -> lambda_.IFunction:
        return Function(
            self,
            name="report",
            layers=[self._layers[name] for name in ("vendor", "tallygate")],
            settings=self._pick("BATCHES_TABLE", "BATCHES_BUCKET", *EVENT_STORE),
            permissions=[
                may.read_manifests(),
                may.read_failures(),
                may.write_objects(),
                may.use_batches("GetItem", "PutItem", "Query"),
                may.use_events("PutItem", "Query"),
            ],
            timeout_seconds=REPORT_SECONDS,
            memory_mb=MEMORY_MB,
            environment=self._environment,
        ).called

    def _pick(self, *names: str) -> dict[str, str]:
        return {name: self._settings[name] for name in names}
