"""What the checks demand of the values that they are given."""

from tallygate.errors import InvalidInput


def whole(name: str, value: object, *, low: int, high: int) -> int:
    """The value, if it is a whole number from `low` to `high`. Raises `InvalidInput`."""
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise InvalidInput(f"{name} is {value!r}, expected a whole number from {low:,} to {high:,}")
    return value


def flag(name: str, value: object) -> bool:
    """The value, if it is true or false. Raises `InvalidInput`: the text "false" must not force anything."""
    if not isinstance(value, bool):
        raise InvalidInput(f"{name} is {value!r}, expected true or false")
    return value
