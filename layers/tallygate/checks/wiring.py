"""The composition root of the checks."""

import msgspec

from tallygate.checks.objects_counted import ObjectsCounted
from tallygate.checks.queue_drained import LOOKS, PAUSE_SECONDS, QueueDrained
from tallygate.checks.s3_keys import S3Keys
from tallygate.checks.sqs_queue import SqsQueue


class QueueDrainedSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The queue by its address; looks and whole seconds between them as `QueueDrained` has them."""

    queue_url: str
    looks: int = LOOKS
    pause_seconds: int = int(PAUSE_SECONDS)


class ObjectsCountedSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The bucket by its name."""

    bucket: str


def queue_drained(settings: QueueDrainedSettings) -> QueueDrained:
    """The check of a queue on AWS."""
    return QueueDrained(SqsQueue(settings.queue_url), looks=settings.looks, pause_seconds=settings.pause_seconds)


def objects_counted(settings: ObjectsCountedSettings) -> ObjectsCounted:
    """The check of a bucket on AWS."""
    return ObjectsCounted(S3Keys(settings.bucket))
