"""The port of the vault that keeps one key for each subject, and what it raises."""

from typing import Protocol

from tallygate.deadline import Deadline
from tallygate.errors import InvalidInput, TallygateError

KEY_BYTES = 32
MAX_SUBJECT_BYTES = 1024  # a key of DynamoDB takes 2,048, a context of KMS 8,192


class SubjectForgotten(TallygateError):
    """Personal data of a subject that was forgotten are to be written. This is never undone."""

    def __init__(self, subject: str) -> None:
        super().__init__(
            f"the subject {subject!r} was forgotten, nothing personal can be stored of it any more: "
            "leave it out, or give the person who has come back a new id"
        )


class UnknownSubject(TallygateError):
    """The vault never had a key for the subject. This is not the same as forgotten."""

    def __init__(self, subject: str, vault: str) -> None:
        super().__init__(
            f"{vault} never had a key for the subject {subject!r}: mend the id, or the name of the vault's table; "
            "if the table was restored from before the key was made, restore it to a later time"
        )


class VaultUnusable(TallygateError):
    """The vault refuses us, or can't unwrap a key. Nothing is forgotten; the message says how to mend it."""


class KeyVault(Protocol):
    """Keys by subject. Every method raises `Unavailable` at the deadline: no answer is never taken for `forgotten`."""

    def key_for_writing(self, subject: str, until: Deadline) -> bytes:
        """The subject's key, 32 bytes; made on first use. Of several who make it at once, all get the same one.

        Raises
        ------
        SubjectForgotten
        """
        ...

    def key(self, subject: str, until: Deadline) -> bytes | None:
        """The subject's key, or None: it was forgotten. Raises `UnknownSubject`."""
        ...

    def forget(self, subject: str, until: Deadline) -> None:
        """Destroy the subject's key, and see to it that it never gets another. Idempotent.

        Raises
        ------
        UnknownSubject
            Most likely a slip in the id: nothing was forgotten.
        """
        ...


def subject_id(value: object) -> str:
    """A subject's id, checked. Raises `InvalidInput`."""
    if not isinstance(value, str) or not value:
        raise InvalidInput(f"the subject is {value!r}: give the id of a person, text that is not empty")
    if len(value.encode(errors="replace")) > MAX_SUBJECT_BYTES:
        raise InvalidInput(f"the subject {value[:40]}… is longer than {MAX_SUBJECT_BYTES} bytes: hash it")
    return value
