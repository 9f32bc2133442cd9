"""The items of a batch."""


def ids(items: int) -> list[str]:
    """Item ids, of 16 bytes each."""
    return [f"account-{number:08}" for number in range(items)]
