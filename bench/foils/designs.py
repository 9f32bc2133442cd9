"""All designs that count with DynamoDB, in the order of the article."""

from collections.abc import Sequence

from bench.foils.atomic_counter import AtomicCounter
from bench.foils.design import Design
from bench.foils.etag import ETag
from bench.foils.history import History
from bench.foils.id_set import IdSet
from bench.foils.item_collection import ItemCollection
from bench.foils.marker_item import MarkerItem
from bench.foils.request_token import RequestToken

DESIGNS: Sequence[type[Design]] = (AtomicCounter, ETag, History, RequestToken, MarkerItem, ItemCollection, IdSet)
