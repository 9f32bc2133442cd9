"""Old versions of a layer of ours are deleted, and which of them are not.

What must stay is what a deployment may still ask for. A version that is deleted harms no function that runs on it:
Lambda keeps a copy until none refers to it (API reference, DeleteLayerVersion). But a stack that is to go back to it
can't: no function can be given it any more. So these stay: the newest, as many as the policy says; the one that was
just resolved; the one of the deployment before, to which this one may have to go back; and all that functions use, in
whichever stack.

Why that is safe where stacks are deployed side by side. Take another stack, on version A, in the midst of an update
to D, which fails and goes back to A. As long as one of its functions has A, A is in use and stays. Once all of them
have D, nothing shows A any more; but then all of them were changed a moment ago. So nothing is deleted of a layer of
which a user was changed within `quiet`. The functions of the stack that prunes don't stand in its way: they wait for
the version that it is about to be told, and so are changed only afterwards. Nor does the resolver's own function: it
stands in the stack that publishes, which each deployment changes just before the others, so that layers of its own
would never be pruned. The version that it would go back to is the one that the other stacks have, where they use it. If
two stacks prune at once, each spares by the same rules, and a second deletion changes nothing. What was published by
deployments that failed is pruned as all else is: the stack that failed is on its old version, and its functions use it.

What is left: an update that fails more than `quiet` after the last of its functions was changed, whose old version is
not among the newest, while another stack is deployed. Its way back then fails, and names the versions that there are.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tallygate.clock import utc_now
from tallygate.layer_versions.layer_version import LayerVersion
from tallygate.layer_versions.shelf import LayerUser, Shelf

QUIET = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """What became of a layer's old versions.

    Parameters
    ----------
    deleted : tuple of int
        Their numbers.
    waits_for : str
        The function that was changed so lately that nothing was deleted; empty where none was.
    """

    deleted: tuple[int, ...] = ()
    waits_for: str = ""


def superseded(versions: Sequence[LayerVersion], *, kept: int, spared: Collection[int]) -> list[LayerVersion]:
    """The versions that neither are among the `kept` newest nor have a number that is spared."""
    newest_first = sorted(versions, key=lambda version: version.number, reverse=True)
    return [version for version in newest_first[kept:] if version.number not in spared]


class Pruning:
    """Deletes what no deployment asks for any more.

    Parameters
    ----------
    shelf : Shelf
    quiet : timedelta
        Nothing is deleted of a layer of which a user was changed within it.
    resolver : str
        The name of the function that this runs in, which is not waited for.
    clock : callable
        The time.
    """

    def __init__(
        self, shelf: Shelf, *, quiet: timedelta = QUIET, resolver: str = "", clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._shelf = shelf
        self._quiet = quiet
        self._resolver = resolver
        self._clock = clock

    def prune(self, layer: str, *, kept: int, spared: Collection[int]) -> Pruned:
        """Delete versions of the layer of that name.

        Parameters
        ----------
        layer : str
            Its name.
        kept : int
            How many of the newest stay.
        spared : collection of int
            The numbers of those that this deployment and the one before have.

        Raises
        ------
        InvalidInput, Unavailable
            As the shelf. What was deleted until then stays deleted.
        """
        found = superseded(list(self._shelf.versions(layer)), kept=kept, spared=spared)
        if not found:
            return Pruned()
        users = [user for user in self._shelf.users() if any(_layer_of(arn) == layer for arn in user.layers)]
        if late := self._changed_lately(users):
            return Pruned(waits_for=late)
        used = {arn for user in users for arn in user.layers}
        gone = [version for version in found if version.arn not in used]
        for version in gone:
            self._shelf.delete(layer, version.number)
        return Pruned(deleted=tuple(version.number for version in gone))

    def _changed_lately(self, users: Sequence[LayerUser]) -> str:
        since = self._clock() - self._quiet
        return next((user.function for user in users if user.modified > since and not self._is_us(user)), "")

    def _is_us(self, user: LayerUser) -> bool:
        return f":function:{self._resolver}:" in f"{user.function}:"


def _layer_of(arn: str) -> str:
    """The name in a version's ARN, of which only our own account's can be deleted; see `Properties`."""
    return arn.rpartition(":")[0].rpartition(":")[2]
