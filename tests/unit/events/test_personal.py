"""Marks on fields: honoured, or the class is refused."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, ClassVar

import pytest

from tallygate.errors import InvalidInput
from tallygate.events import Aggregate
from tallygate.events.forgetting import Personal, personal, personal_fields

MARK = personal(subject="customer", forgotten="[forgotten]")


@dataclass(frozen=True)
class Registered:
    SCHEMA: ClassVar[int] = 2
    customer: str
    name: Annotated[str, "a note", MARK]
    born: "Annotated[int | None, personal(subject='customer', forgotten=None)]"
    tags: Annotated[tuple[str, ...], personal(subject="customer", forgotten=())]
    amount: Decimal = Decimal(0)


@dataclass(frozen=True)
class Premium(Registered):
    pass


@dataclass(frozen=True)
class Tree:
    children: "tuple[Tree, ...]"
    customer: str = "1"


def test_marks_are_found_in_order_also_by_inheritance_and_nothing_else_is() -> None:
    expected = {
        "name": Personal("customer", "[forgotten]"),
        "born": Personal("customer", None),
        "tags": Personal("customer", ()),
    }
    assert dict(personal_fields(Registered)) == dict(personal_fields(Premium)) == expected
    assert list(personal_fields(Registered)) == list(expected)
    assert dict(personal_fields(Tree)) == {}


def test_events_with_marks_are_stored_as_ever() -> None:
    customers = Aggregate(category="customer", initial=None, evolve=lambda _, event: event, events=(Registered,))
    event = Registered("7", "Ann", 1990, ("a", "b"))
    assert customers.decode(customers.encode(event)) == event


@dataclass(frozen=True)
class NoSubject:
    name: Annotated[str, MARK]


@dataclass(frozen=True)
class SubjectIsPersonal:
    customer: Annotated[str, personal(subject="name", forgotten="")]
    name: Annotated[str, MARK]


@dataclass(frozen=True)
class ItsOwnSubject:
    customer: Annotated[str, MARK]


@dataclass(frozen=True)
class SubjectIsNoText:
    customer: int
    name: Annotated[str, MARK]


@dataclass(frozen=True)
class Twice:
    customer: str
    name: Annotated[str, MARK, MARK]


@dataclass(frozen=True)
class DoesNotFit:
    customer: str
    born: Annotated[int, MARK]


@dataclass(frozen=True)
class Optional:
    customer: str
    name: Annotated[str, MARK] | None


@dataclass(frozen=True)
class Listed:
    customer: str
    names: list[Annotated[str, MARK]]


@dataclass(frozen=True)
class Nested:
    customer: str
    address: tuple[Registered, ...]


@dataclass(frozen=True)
class Both:
    customer: str
    names: Annotated[list[Annotated[str, MARK]], personal(subject="customer", forgotten=[])]


@dataclass(frozen=True)
class Unresolved:
    customer: "Nowhere"  # type: ignore[name-defined]  # noqa: F821


INSIDE = "has a personal part inside its type: mark the whole field"


@pytest.mark.parametrize(
    ("cls", "says"),
    [
        (NoSubject, r"NoSubject.name is personal data of 'customer', but NoSubject has no such field: add it"),
        (SubjectIsPersonal, "names 'name' as its subject, which is personal itself"),
        (ItsOwnSubject, "names 'customer' as its subject, which is personal itself"),
        (SubjectIsNoText, "names 'customer' as its subject, which must be of type str"),
        (Twice, r"Twice.name is marked as personal 2 times: leave one"),
        (DoesNotFit, r"DoesNotFit.born: forgotten='\[forgotten\]' doesn't fit the field's type: Expected `int`"),
        (Optional, f"Optional.name {INSIDE}"),
        (Listed, f"Listed.names {INSIDE}"),
        (Nested, f"Nested.address {INSIDE}"),
        (Both, f"Both.names {INSIDE}"),
        (Unresolved, r"an annotation of Unresolved can't be resolved \(name 'Nowhere'"),
        (int, "<class 'int'> is no dataclass"),
    ],
)
def test_a_mark_that_cant_be_honoured_is_an_error(cls: Any, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        personal_fields(cls)
