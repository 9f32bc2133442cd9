"""The in-memory twin of the vault."""

import secrets
import threading

from tallygate.deadline import Deadline
from tallygate.events.forgetting.vault import KEY_BYTES, SubjectForgotten, UnknownSubject, subject_id


class MemoryKeyVault:
    """Keys in a dictionary; None stands for a forgotten one."""

    def __init__(self) -> None:
        self._keys: dict[str, bytes | None] = {}
        self._lock = threading.Lock()

    def key_for_writing(self, subject: str, until: Deadline) -> bytes:
        """See `KeyVault.key_for_writing`."""
        with self._lock:
            key = self._keys.setdefault(subject_id(subject), secrets.token_bytes(KEY_BYTES))
        if key is None:
            raise SubjectForgotten(subject)
        return key

    def key(self, subject: str, until: Deadline) -> bytes | None:
        """See `KeyVault.key`."""
        with self._lock:
            if subject_id(subject) not in self._keys:
                raise UnknownSubject(subject, "this process")
            return self._keys[subject]

    def forget(self, subject: str, until: Deadline) -> None:
        """See `KeyVault.forget`."""
        with self._lock:
            if subject_id(subject) not in self._keys:
                raise UnknownSubject(subject, "this process")
            self._keys[subject] = None
