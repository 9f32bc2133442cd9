"""`Custom::LatestLayerVersion`: the version of a layer that a deployment takes, resolved while it is deployed.

CloudFormation calls when the resource is made, and when one of its properties has changed; on the way back from a
failed update it calls with the old properties, and is told the old version. Whatever happens here it is answered:
without an answer a stack stands still for as long as it has patience.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tallygate.deadline import Deadline
from tallygate.errors import InvalidInput, TallygateError
from tallygate.layer_versions.catalogue import LayerCatalogue
from tallygate.layer_versions.properties import Properties
from tallygate.layer_versions.pruning import Pruned, Pruning
from tallygate.layer_versions.reply import Reply
from tallygate.layer_versions.request import Request
from tallygate.layer_versions.resolver import NoLayerVersion, newest

ANSWER_SECONDS = 15.0
PRUNING_SECONDS = 20.0
PRUNING_MARGIN_SECONDS = 15.0  # one call may run seconds over its deadline, and the deployment would fail for it
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """How a request ended, for log and metrics.

    Parameters
    ----------
    status : str
        `SUCCESS` or `FAILED`, as CloudFormation was told.
    arn : str
        Of the version, empty where there is none.
    trouble : str
        Why it failed.
    pruned : Pruned
        Old versions that were deleted.
    pruning_trouble : str
        Why some could not be: it fails no deployment.
    """

    status: str
    arn: str = ""
    trouble: str = ""
    pruned: Pruned = field(default_factory=Pruned)
    pruning_trouble: str = ""

    def told(self) -> dict[str, object]:
        """For the log: what was answered, and what became of old versions. Nothing that is empty."""
        whole = {
            "status": self.status,
            "arn": self.arn,
            "trouble": self.trouble,
            "deleted": list(self.pruned.deleted),
            "pruning_waits_for": self.pruned.waits_for,
            "pruning_trouble": self.pruning_trouble,
        }
        return {name: value for name, value in whole.items() if value}

    def counts(self) -> dict[str, int]:
        """The metrics."""
        return {
            "LayersResolved": int(bool(self.arn)),
            "LayersUnresolved": int(bool(self.trouble)),
            "LayerVersionsDeleted": len(self.pruned.deleted),
            "LayerPruningsFailed": int(bool(self.pruning_trouble)),
        }


class CustomResource:
    """Answers CloudFormation.

    Parameters
    ----------
    catalogue : callable
        The layers that a role may list (an empty one: ours), asked until a deadline.
    pruning : callable
        Deletes old versions of ours, until a deadline.
    deletes : str
        How names begin of layers whose versions may be deleted.
    """

    def __init__(
        self,
        catalogue: Callable[[str, Deadline], LayerCatalogue],
        pruning: Callable[[Deadline], Pruning],
        *,
        deletes: str,
    ) -> None:
        self._catalogue = catalogue
        self._pruning = pruning
        self._deletes = deletes

    def handle(self, event: Mapping[str, Any], until: Deadline) -> Resolved:
        """Do what CloudFormation asks, and answer before the deadline.

        Raises
        ------
        InvalidInput
            The event is not CloudFormation's, so that there is nobody to answer to.
        NotAnswered
            The answer did not get through.
        """
        request = Request.of(event)
        reply = Reply(request, until)
        if request.kind == "Delete":  # there is nothing to delete: versions stay, and what was never made has none
            reply.succeed({})
            return Resolved(status="SUCCESS")
        work_until = Deadline(until.at - ANSWER_SECONDS)
        with _answered_in_time(reply, work_until):
            return self._answer(request, reply, work_until)

    def _answer(self, request: Request, reply: Reply, until: Deadline) -> Resolved:
        try:
            properties = self._properties(request, request.properties)
            arn, number = self._resolve(properties, until)
            pruned, pruning_trouble = self._prune(request, properties, number, until)
        except TallygateError as exc:
            return _failed(reply, str(exc))
        except Exception as exc:
            _logger.exception("a layer could not be resolved")
            return _failed(reply, f"{type(exc).__name__}: {exc}. The function's log has more")
        reply.succeed({"LayerVersionArn": arn, "Version": str(number)})
        return Resolved(status=reply.status, arn=arn, pruned=pruned, pruning_trouble=pruning_trouble)

    def _properties(self, request: Request, given: Mapping[str, Any]) -> Properties:
        return Properties.of(given, account=request.account, region=request.region, deletes=self._deletes)

    def _resolve(self, properties: Properties, until: Deadline) -> tuple[str, int]:
        if properties.wanted is None:
            return properties.reference.text, properties.reference.version or 0
        version = newest(self._catalogue(properties.role_arn, until), properties.wanted)
        return version.arn, version.number

    def _prune(self, request: Request, properties: Properties, number: int, until: Deadline) -> tuple[Pruned, str]:
        """Delete old versions, where that is asked for. Whatever goes wrong is told, and fails nothing."""
        if request.kind != "Update" or not properties.keep:
            return Pruned(), ""
        soon = Deadline(min(until.at - PRUNING_MARGIN_SECONDS, Deadline.after(PRUNING_SECONDS).at))
        if soon.passed:
            return Pruned(), "too little time was left: the next deployment will do it"
        layer = properties.reference.name
        try:
            spared = {number, *self._numbers_of_the_deployment_before(request, layer, soon)}
            return self._pruning(soon).prune(layer, kept=properties.keep, spared=spared), ""
        except Exception as exc:
            _logger.exception("old versions of a layer could not be deleted")
            return Pruned(), f"{type(exc).__name__}: {exc}"

    def _numbers_of_the_deployment_before(self, request: Request, layer: str, until: Deadline) -> list[int]:
        # On the way back from an update that failed these are what failed, and may be malformed.
        try:
            before = self._properties(request, request.old_properties)
        except InvalidInput:
            return []
        if before.reference.name != layer or before.role_arn:
            return []
        if before.wanted is None:
            return [before.reference.version or 0]
        try:
            return [newest(self._catalogue("", until), before.wanted).number]
        except NoLayerVersion:
            return []


def _failed(reply: Reply, reason: str) -> Resolved:
    reply.fail(reason)
    return Resolved(status=reply.status, trouble=reason)


@contextmanager
def _answered_in_time(reply: Reply, until: Deadline) -> Iterator[None]:
    """Answer that time ran out, if it does: also where this thread hangs in a call."""
    reason = "the function's time ran out before the layer was resolved: deploy again, and see the function's log"
    watch = threading.Timer(until.left, reply.fail, [reason])
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()
