"""Projections: views and totals made of events, each applied once and in order; and effects, told to others."""

from tallygate.projections.effect import Effect, Message
from tallygate.projections.errors import (
    ImpureProjection,
    InvalidProjection,
    InvalidView,
    NotReadyToSwap,
    NotYetApplied,
    StreamParked,
    UnknownConsumer,
)
from tallygate.projections.projection import Projection

__all__ = [
    "Effect",
    "ImpureProjection",
    "InvalidProjection",
    "InvalidView",
    "Message",
    "NotReadyToSwap",
    "NotYetApplied",
    "Projection",
    "StreamParked",
    "UnknownConsumer",
]
