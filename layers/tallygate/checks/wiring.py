"""The composition root of the checks."""

from dataclasses import dataclass

from tallygate.checks.objects_counted import ObjectsCounted
from tallygate.checks.queue_drained import LOOKS, PAUSE_SECONDS, QueueDrained
from tallygate.checks.s3_keys import S3Keys
from tallygate.checks.sqs_queue import SqsQueue


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueDrainedSettings:
    """The queue by its address; looks and whole seconds between them as `QueueDrained` has them."""

    queue_url: str
    looks: int = LOOKS
    pause_seconds: int = int(PAUSE_SECONDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectsCountedSettings:
    """The bucket by its name."""

    bucket: str


def queue_drained(settings: QueueDrainedSettings) -> QueueDrained:
    """The check of a queue on AWS."""
    return QueueDrained(SqsQueue(settings.queue_url), looks=settings.looks, pause_seconds=settings.pause_seconds)


def objects_counted(settings: ObjectsCountedSettings) -> ObjectsCounted:
    """The check of a bucket on AWS."""
    return ObjectsCounted(S3Keys(settings.bucket))
