"""The queue of chunks: one message for each, for workers in Lambda and outside."""

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.constructs.alarm import alarm
from stacks.constructs.dead_letters import DEAD_LETTERS_OF_CHUNKS as NAME
from stacks.constructs.dead_letters import KEPT, DeadLetters
from stacks.constructs.nag import acknowledge
from stacks.constructs.queue_encryption import under_data_key
from stacks.environment import Environment

# AWS recommends six times the function's timeout, so that a throttled invocation can be tried again before its message
# is seen again. Workers outside Lambda ask for a time of their own with each receive.
VISIBILITY_IN_TIMEOUTS = 6
# Waiting is no receive: a busy batch counts nothing. What does: an error that will not go away (a message that is none,
# code that can't be loaded), a process that dies with the message in hand, a worker outside Lambda that is stopped. A
# poison item kills three attempts before it is recorded as failed, so 10 leave room for three of them in one chunk; AWS
# recommends 5 at least, lest throttling fill the queue of dead letters.
MAX_RECEIVES = 10


class TaskQueue(Construct):
    """The queue, encrypted, its dead letters, and an alarm on those.

    A dead letter loses nothing: the gatekeeper sends a chunk again by a new message. It says that something is wrong.

    Parameters
    ----------
    name : str
        The queue's whole name.
    worker_timeout_seconds : int
        Of the function that it feeds.

    Attributes
    ----------
    queue : sqs.Queue
    dead_letters : DeadLetters
    """

    def __init__(self, scope: Construct, *, name: str, worker_timeout_seconds: int, environment: Environment) -> None:
        super().__init__(scope, "TaskQueue")
        self.dead_letters = DeadLetters(self, function=NAME, environment=environment)
        self.queue = sqs.Queue(
            self,
            "Queue",
            queue_name=name,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=environment.tls_only,
            retention_period=KEPT,
            visibility_timeout=Duration.seconds(VISIBILITY_IN_TIMEOUTS * worker_timeout_seconds),
            receive_message_wait_time=Duration.seconds(20),
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead_letters.queue, max_receive_count=MAX_RECEIVES),
        )
        under_data_key(self.queue, environment)
        if not environment.tls_only:
            acknowledge(self.queue, {"AwsSolutions-SQS4": "The emulator on this machine speaks plain http only."})
        self._alarm(environment)

    def feed(self, function: lambda_.IFunction, *, concurrency: int) -> None:
        """Let a function work on the chunks, one message for each invocation.

        Its role must be permitted sqs:ReceiveMessage, DeleteMessage and GetQueueAttributes on the queue.

        Parameters
        ----------
        concurrency : int
            Invocations at a time, 2 to 1,000. The event source takes no more messages than that, so that none is
            received in vain and counted, as it would be with a reserved concurrency.
        """
        lambda_.EventSourceMapping(
            self,
            "Mapping",
            target=function,
            event_source_arn=self.queue.queue_arn,
            batch_size=1,
            max_concurrency=concurrency,
            report_batch_item_failures=True,
        )

    def _alarm(self, environment: Environment) -> None:
        alarm(
            self,
            id="Alarm",
            about=NAME,
            trouble="dead-letters",
            metric=self.dead_letters.queue.metric_approximate_number_of_messages_visible(
                statistic="Maximum", period=Duration.minutes(1)
            ),
            above=0,
            says=f"Messages were received {MAX_RECEIVES} times in vain. First: read one in the queue of dead letters, "
            "and the log of its chunk's worker. No chunk is lost: the gatekeeper sends it again, or it is abandoned at "
            "the deadline and a redrive works on it. Purge the queue when the cause is mended.",
            environment=environment,
        )
