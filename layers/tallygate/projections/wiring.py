"""The composition root of projections and effects: ports meet their adapters here."""

from collections.abc import Sequence
from typing import Any

import msgspec

from tallygate import aws
from tallygate.deadline import Deadline
from tallygate.errors import TransientError
from tallygate.events.dynamodb import DynamoDBCommitLog
from tallygate.events.overflow.s3 import S3Blobs
from tallygate.projections.consumer import declared
from tallygate.projections.delivery import Delivery
from tallygate.projections.dynamodb import DynamoDBRows
from tallygate.projections.dynamodb_notes import DynamoDBNotes
from tallygate.projections.dynamodb_streams import DynamoDBStreams
from tallygate.projections.effect import Effect
from tallygate.projections.fold import Fold
from tallygate.projections.gate import Gate
from tallygate.projections.operations import Operations
from tallygate.projections.projection import Projection
from tallygate.projections.step import Step
from tallygate.projections.sweep_state import SweepStates
from tallygate.projections.sweeper import Sweeper
from tallygate.projections.telling import Telling
from tallygate.projections.time_limit import MainThread
from tallygate.projections.views import Views
from tallygate.settings import ConsumerSettings, EffectSettings, SweepSettings

FETCH_SECONDS = 20.0


class _Parts(msgspec.Struct, frozen=True):
    """What delivery and sweep share."""

    settings: ConsumerSettings
    step: Step
    log: DynamoDBCommitLog
    blobs: S3Blobs
    main: MainThread

    @property
    def rows(self) -> DynamoDBRows:
        return DynamoDBRows(self.settings.views_table, self.step.id)

    @property
    def gate(self) -> Gate:
        return Gate(self.step, self.rows, self.log, epoch=self.settings.events_epoch)


def projection_delivery(settings: ConsumerSettings, projections: Sequence[Projection[Any]]) -> Delivery:
    """The delivery to the projection that the settings name. Raises `UnknownConsumer`."""
    return _delivery(_projection(settings, projections))


def effect_delivery(settings: EffectSettings, effects: Sequence[Effect]) -> Delivery:
    """The delivery to the effect that the settings name. Raises `UnknownConsumer`."""
    return _delivery(_effect(settings, effects))


def sweeper(settings: SweepSettings, projections: Sequence[Projection[Any]], effects: Sequence[Effect]) -> Sweeper:
    """The sweeper of the effect or projection that the settings name. Raises `UnknownConsumer`."""
    return _sweeper(_effect(settings, effects) if settings.event_bus else _projection(settings, projections))


def projection_gate(settings: ConsumerSettings, projections: Sequence[Projection[Any]]) -> Gate:
    """The gate of the projection that the settings name. Raises `UnknownConsumer`."""
    return _projection(settings, projections).gate


def views(views_table: str, projections: Sequence[Projection[Any]]) -> Views:
    """All projections on AWS, for reading.

    Parameters
    ----------
    views_table : str
        Its name.
    projections : sequence of Projection
        Every version that is declared: `domain.PROJECTIONS`.
    """
    return Views(projections, lambda id: DynamoDBRows(views_table, id), DynamoDBNotes(views_table))


def operations(environment: str) -> Operations:
    """What an operator does, in an environment such as `dev`."""
    # Imported here: no function needs it.
    from tallygate.projections.lambda_sweeps import LambdaSweeps  # noqa: PLC0415

    prefix = f"tallygate-{environment}"
    table = f"{prefix}-views"
    return Operations(lambda id: DynamoDBRows(table, id), DynamoDBNotes(table), LambdaSweeps(prefix))


def _projection(settings: ConsumerSettings, projections: Sequence[Projection[Any]]) -> _Parts:
    blobs, main = S3Blobs(settings.overflow_bucket), MainThread()
    log = DynamoDBCommitLog(settings.events_table, overflow=blobs)
    fold = Fold(declared(settings.consumer, projections), log, call=main.call)
    return _Parts(settings, fold, log, blobs, main)


def _effect(settings: EffectSettings | SweepSettings, effects: Sequence[Effect]) -> _Parts:
    # Imported here: a projection doesn't pay for a client that it doesn't need.
    from tallygate.projections.eventbridge import EventBridgeOutbox  # noqa: PLC0415

    blobs, main = S3Blobs(settings.overflow_bucket), MainThread()
    log = DynamoDBCommitLog(settings.events_table, overflow=blobs)
    telling = Telling(declared(settings.consumer, effects), EventBridgeOutbox(settings.event_bus), call=main.call)
    return _Parts(settings, telling, log, blobs, main)


def _delivery(parts: _Parts) -> Delivery:
    return Delivery(
        parts.gate,
        parts.step.category,
        parts.main,
        lambda key: parts.blobs.get(key, Deadline.after(FETCH_SECONDS)),
        transient=lambda exc: isinstance(exc, TransientError) or aws.is_unanswered(exc),
    )


def _sweeper(parts: _Parts) -> Sweeper:
    return Sweeper(
        parts.gate,
        parts.rows,
        parts.log,
        DynamoDBStreams(parts.settings.events_table),
        SweepStates(DynamoDBNotes(parts.settings.views_table), parts.step.id),
        category=parts.step.category,
        epoch=parts.settings.events_epoch,
        main=parts.main,
    )
