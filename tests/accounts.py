"""A small aggregate for tests: an account that refuses to be overdrawn."""

from dataclasses import dataclass

from tallygate.events import Aggregate


@dataclass(frozen=True)
class Deposited:
    amount: int


@dataclass(frozen=True)
class Withdrawn:
    amount: int


def evolve(balance: int, event: Deposited | Withdrawn) -> int:
    return balance + event.amount if isinstance(event, Deposited) else balance - event.amount


ACCOUNT = Aggregate(category="account", initial=0, evolve=evolve, events=(Deposited, Withdrawn))


def deposit(_balance: int) -> list[Deposited]:
    return [Deposited(1)]


def withdraw_all(balance: int) -> list[Withdrawn]:
    return [Withdrawn(balance)] if balance else []
