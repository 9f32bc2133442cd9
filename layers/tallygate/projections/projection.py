"""What a user writes: which events, `apply(view, event) -> view`, and what a view adds to the totals."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Generic, TypeVar

from tallygate.events import serializer
from tallygate.events.aggregate import Aggregate
from tallygate.events.commit import StoredEvent
from tallygate.projections.errors import InvalidProjection, InvalidView
from tallygate.projections.row import NOTHING, Amount, Contribution

V = TypeVar("V")

NAME = re.compile(r"[a-z][a-z0-9_]{0,27}")
MAX_VERSION = 9_999
MAX_TOTAL_NAME_BYTES = 255
MAX_DIGITS = 38  # of a number in DynamoDB
MAX_APPLY_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Projection(Generic[V]):
    """The definition of a view per stream, and of totals over all of them.

    Parameters
    ----------
    name : str
        A lower-case letter, then at most 27 of `a-z 0-9 _`. It names a function, a queue and rows: a storage format.
    of : Aggregate
        Whose streams it follows: it says how stored events become those of today.
    initial : V
        The view before the first event.
    apply : callable
        `(view, event) -> view`, pure: the same events give the same view, in every process and every year.
    events : tuple of classes, optional
        The events of the aggregate that reach `apply`; others are passed over, also those that this code doesn't know.
        None: all of them, and an unknown one parks its stream.
    totals : callable, optional
        `(view) -> {name: int or Decimal}`: what the view adds to the totals.
    version : int
        Raise it with every change of `apply` or of the view, and keep the old definition beside it until readers were
        swapped: each version is fed and stored by itself.
    view : type, optional
        What a view is read back as; default: the class of `initial`.
    apply_seconds : float
        How long `apply` may take for the events of one commit, up to 10. Longer, three times running, parks the stream.

    Raises
    ------
    InvalidProjection

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> from tallygate.events import Aggregate
    >>> @dataclass(frozen=True)
    ... class Deposited:
    ...     amount: int
    >>> ACCOUNT = Aggregate(category="account", initial=0, evolve=lambda b, e: b + e.amount, events=(Deposited,))
    >>> BALANCES = Projection(
    ...     name="balances",
    ...     of=ACCOUNT,
    ...     initial=0,
    ...     apply=lambda balance, event: balance + event.amount,
    ...     totals=lambda balance: {"deposits": balance},
    ... )
    >>> BALANCES.id
    'balances-1'
    """

    name: str
    of: Aggregate[Any]
    initial: V
    apply: Callable[[V, Any], V]
    events: tuple[type, ...] | None = None
    totals: Callable[[V], Mapping[str, int | Decimal]] | None = None
    version: int = 1
    view: Any = None
    apply_seconds: float = 5.0
    _types: frozenset[str] | None = field(init=False, repr=False)
    _initial: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        check_name("projection", self.name)
        self._demand(
            isinstance(self.of, Aggregate), f"`of` is {self.of!r}: give the aggregate whose streams it follows"
        )
        self._demand(callable(self.apply), f"`apply` is {self.apply!r}: give a function (view, event) -> view")
        self._demand(
            self.totals is None or callable(self.totals), f"`totals` is {self.totals!r}: give a function of the view"
        )
        self._demand(
            type(self.version) is int and 1 <= self.version <= MAX_VERSION,
            f"`version` is {self.version!r}: give a whole number from 1 to {MAX_VERSION}",
        )
        self._demand(
            is_time_limit(self.apply_seconds),
            f"`apply_seconds` is {self.apply_seconds!r}: give seconds up to {MAX_APPLY_SECONDS:g}",
        )
        object.__setattr__(self, "_types", event_types("projection", self.name, self.of, self.events))
        try:
            object.__setattr__(self, "_initial", self.dump(self.initial))
        except InvalidView as exc:
            raise InvalidProjection(f"projection {self.name}: the initial view can't be stored: {exc}") from exc

    @property
    def category(self) -> str:
        """Of the streams that it follows."""
        return self.of.category

    @property
    def id(self) -> str:
        """Name and version: `fleet-1`."""
        return f"{self.name}-{self.version}"

    @property
    def view_type(self) -> Any:  # noqa: ANN401 (a class, or what typing makes of one)
        """What a stored view is read back as."""
        return type(self.initial) if self.view is None else self.view

    def wants(self, stored: StoredEvent) -> bool:
        """True if the stored event reaches `apply`."""
        return self._types is None or self.of.type_today(stored) in self._types

    def beginning(self) -> V:
        """The initial view, a new copy: who changes it in place harms nobody else."""
        return self.parse(self._initial)

    def parse(self, view: bytes) -> V:
        """A stored view. Raises `InvalidView` where it doesn't fit the type."""
        try:
            return serializer.parse(view, self.view_type)  # type: ignore[no-any-return]
        except ValueError as exc:
            raise InvalidView(
                f"the stored view of {self.id} is no {_name(self.view_type)} ({exc}): a view whose shape has changed "
                "needs a new version of its projection"
            ) from exc

    def dump(self, view: V) -> bytes:
        """A view as it is stored. Raises `InvalidView` for what would not be read back equal."""
        try:
            text = serializer.dump(view)
            if serializer.parse(text, self.view_type) == view:
                return text
            problem = "it would be read back as another"
        except (TypeError, ValueError) as exc:
            problem = str(exc)
        raise InvalidView(
            f"{self.id} made a view that is no storable {_name(self.view_type)}: {problem}. It was "
            f"{repr(view)[:200]}. Return a view of the type of `initial`, or give `view` the type"
        )

    def contribution(self, view: V) -> Contribution:
        """What the view adds to the totals. Raises `InvalidView` for what can't be summed exactly."""
        if self.totals is None:
            return NOTHING
        amounts: Any = self.totals(view)
        if not isinstance(amounts, Mapping):
            raise InvalidView(f"`totals` of {self.id} gave {amounts!r}: give a mapping of names to int or Decimal")
        for name, amount in amounts.items():
            self._check_amount(name, amount)
        contribution: dict[str, Amount] = dict(amounts)
        return contribution

    def _check_amount(self, name: Any, amount: Any) -> None:  # noqa: ANN401
        if not isinstance(name, str) or not name or len(name.encode()) > MAX_TOTAL_NAME_BYTES:
            raise InvalidView(
                f"`totals` of {self.id} has the name {name!r}: give text of 1 to {MAX_TOTAL_NAME_BYTES} bytes"
            )
        if type(amount) is int and -(10**MAX_DIGITS) < amount < 10**MAX_DIGITS:
            return
        exact = isinstance(amount, int | Decimal) and not isinstance(amount, bool)
        if not exact or not _fits(Decimal(amount)):
            raise InvalidView(
                f"`totals` of {self.id} has {name}={amount!r}: give an int or a finite Decimal of at most "
                f"{MAX_DIGITS} digits, so that a sum is exact"
            )

    def _demand(self, fits: object, problem: str) -> None:
        if not fits:
            raise InvalidProjection(f"projection {self.name}: {problem}")


def is_time_limit(seconds: object) -> bool:
    """True for a number of seconds that the user's function may take."""
    return isinstance(seconds, int | float) and not isinstance(seconds, bool) and 0 < seconds <= MAX_APPLY_SECONDS


def check_name(kind: str, name: object) -> None:
    """Demand a usable name. Raises `InvalidProjection`."""
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise InvalidProjection(
            f"the {kind}'s name is {name!r}: give a lower-case letter and then at most 27 of a-z, 0-9, _"
        )


def event_types(
    kind: str,
    name: str,
    aggregate: Aggregate[Any],
    events: Any,  # noqa: ANN401 (checked here)
) -> frozenset[str] | None:
    """The stored names of the event classes. Raises `InvalidProjection` for a class that is not the aggregate's."""
    if events is None:
        return None
    if not isinstance(events, tuple) or not events:
        raise InvalidProjection(
            f"{kind} {name}: `events` is {events!r}: give a tuple of event classes, or leave it out"
        )
    for cls in events:
        if cls not in aggregate.events:
            known = ", ".join(known.__name__ for known in aggregate.events)
            shown = getattr(cls, "__name__", repr(cls))
            raise InvalidProjection(f"{kind} {name}: {shown} is no event of {aggregate.category}, which has {known}")
    return frozenset(cls.__name__ for cls in events)


def _fits(amount: Decimal) -> bool:
    if not amount.is_finite():
        return False
    # By hand: `normalize` rounds to the digits of the caller's context, 28 mostly, and what was too long would fit.
    digits = "".join(map(str, amount.as_tuple().digits)).strip("0")
    last_place = amount.adjusted() - len(digits) + 1
    return not digits or (len(digits) <= MAX_DIGITS and last_place >= -130 and amount.adjusted() <= 125)


def _name(type: Any) -> str:  # noqa: ANN401
    return str(getattr(type, "__name__", type))
