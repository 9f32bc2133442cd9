"""Sealed values: what stands in an event in the place of personal data. `$sealed`, `v`, `data` are a storage format."""

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from tallygate.deadline import Deadline
from tallygate.errors import InvalidInput
from tallygate.events import serializer
from tallygate.events.errors import CorruptStream, InvalidEvent
from tallygate.events.forgetting import cipher
from tallygate.events.forgetting.personal import Personal
from tallygate.events.forgetting.vault import KeyVault, SubjectForgotten, subject_id

MARK = "$sealed"
FORMAT = 1
_BLOB_FORMAT = b"\x01"


class Sealer:
    """Seals and opens personal data, under the keys of a vault. Safe to share between threads.

    Parameters
    ----------
    vault : KeyVault
        Usually a `CachedVault`: every sealed field asks for a key.

    Raises
    ------
    InvalidInput
        The package `cryptography` is missing.
    """

    def __init__(self, vault: KeyVault) -> None:
        cipher.demand()
        self._vault = vault

    def seal(
        self, stream: str, event_type: str, data: Mapping[str, Any], fields: Mapping[str, Personal], until: Deadline
    ) -> dict[str, Any]:
        """An event's JSON values as they are to be stored: those of `fields` sealed, the others as they are.

        Parameters
        ----------
        fields : mapping
            What `personal_fields` says of the event's class. Call it also where that is empty: see `InvalidEvent`.

        Raises
        ------
        InvalidEvent
            A subject is no text, or a value that is not personal looks like a sealed one and would be taken for it.
        SubjectForgotten, Unavailable, VaultUnusable
            Nothing was stored.
        """
        keys: dict[str, bytes] = {}
        sealed = dict(data)
        for name, value in data.items():
            if name in fields:
                subject = _subject(event_type, data, fields[name])
                key = keys.get(subject) or keys.setdefault(subject, self._vault.key_for_writing(subject, until))
                content = cipher.encrypt(key, serializer.dump(value), _place(stream, event_type, name))
                sealed[name] = {MARK: subject, "v": FORMAT, "data": base64.b64encode(content).decode()}
            elif _looks_sealed(value):
                raise InvalidEvent(f"{event_type}.{name} has a key {MARK!r}, which stands for sealed data: rename it")
        return sealed

    def open(
        self, stream: str, event_type: str, data: Mapping[str, Any], until: Deadline
    ) -> tuple[dict[str, Any], set[str]]:
        """The inverse of `seal`: the event's JSON values, and the names of those fields that are forgotten.

        Returns
        -------
        dict, set of str
            A forgotten field is None in the dict: put there what its mark says.

        Raises
        ------
        CorruptStream
            A sealed value was changed, or moved from another stream, event type, field or subject.
        UnknownSubject, Unavailable, VaultUnusable
            Nothing can be said of the fields; least of all that they are forgotten.
        """
        keys: dict[str, bytes | None] = {}
        opened, forgotten = dict(data), set[str]()
        for name, value in data.items():
            if not _looks_sealed(value):
                continue
            where = f"{event_type}.{name} of {stream}"
            subject, content = _parse(value, where)
            if subject not in keys:
                keys[subject] = self._vault.key(subject, until)
            key = keys[subject]
            if key is None:
                opened[name] = None
                forgotten.add(name)
            else:
                opened[name] = _decrypted(key, content, _place(stream, event_type, name), where)
        return opened, forgotten

    def living_subjects(self, data: Mapping[str, Any], until: Deadline) -> set[str]:
        """The subjects of an event's sealed values that are not forgotten. Raises as `open` does."""
        return {subject for subject in subjects_in(data) if not self.is_forgotten(subject, until)}

    def is_forgotten(self, subject: str, until: Deadline) -> bool:
        """True if the subject's key is gone. Raises as `open` does."""
        return self._vault.key(subject, until) is None

    def seal_blob(self, subjects: Iterable[str], blob: bytes, context: str, until: Deadline) -> bytes:
        """Bytes that hold data of several subjects, sealed so that to forget one of them makes all unreadable.

        Parameters
        ----------
        subjects : iterable of str
            At least one. They are to be kept beside the result.
        context : str
            What the bytes are, for example stream and version; needed again to open them.

        Raises
        ------
        SubjectForgotten
            One of them was, since the data were read: read them again.
        """
        names = _names(subjects)
        keys = [self._vault.key(subject, until) for subject in names]
        for subject, key in zip(names, keys, strict=True):
            if key is None:
                raise SubjectForgotten(subject)
        purpose = _purpose(names, context)
        joint = cipher.joint_key([key for key in keys if key is not None], purpose)
        return _BLOB_FORMAT + cipher.encrypt(joint, blob, purpose)

    def open_blob(self, subjects: Iterable[str], blob: bytes, context: str, until: Deadline) -> bytes | None:
        """The inverse of `seal_blob`; None where a subject is forgotten. Raises `CorruptStream`."""
        names = _names(subjects)
        keys: list[bytes] = []
        for subject in names:
            key = self._vault.key(subject, until)
            if key is None:
                return None
            keys.append(key)
        purpose = _purpose(names, context)
        try:
            if blob[:1] != _BLOB_FORMAT:
                raise cipher.WrongSeal("its format is none that this code reads")
            return cipher.decrypt(cipher.joint_key(keys, purpose), blob[1:], purpose)
        except cipher.WrongSeal as exc:
            raise CorruptStream(f"what is sealed for {context} can't be opened ({exc}): make it again") from exc


def subjects_in(data: Mapping[str, Any]) -> set[str]:
    """The subjects of the sealed values among an event's stored values. Raises `CorruptStream`."""
    return {_parse(value, f"the field {name}")[0] for name, value in data.items() if _looks_sealed(value)}


def _looks_sealed(value: object) -> bool:
    return isinstance(value, Mapping) and MARK in value


def _subject(event_type: str, data: Mapping[str, Any], mark: Personal) -> str:
    subject = data.get(mark.subject)
    if not isinstance(subject, str) or not subject:
        raise InvalidEvent(
            f"{event_type}.{mark.subject} is {subject!r}, but it names whose personal data the event has: "
            "give it the subject's id"
        )
    return subject


def _parse(value: Mapping[str, Any], where: str) -> tuple[str, bytes]:
    if value.get("v") != FORMAT:
        raise CorruptStream(
            f"{where} is sealed in format {value.get('v')!r}, this code reads {FORMAT}: deploy the code that wrote it"
        )
    try:
        return subject_id(value[MARK]), base64.b64decode(value["data"], validate=True)
    except (KeyError, TypeError, ValueError) as exc:
        raise CorruptStream(f"{where} is no sealed value ({exc!r}): compare it with the table's backups") from exc


def _decrypted(key: bytes, content: bytes, place: bytes, where: str) -> Any:  # noqa: ANN401 (what JSON knows)
    try:
        return serializer.parse(cipher.decrypt(key, content, place), Any)
    except cipher.WrongSeal as exc:
        raise CorruptStream(
            f"{where} can't be opened ({exc}): it was changed, or moved here from another stream, event, field or "
            "subject. Compare it with the table's backups"
        ) from exc


def _place(stream: str, event_type: str, field: str) -> bytes:
    return serializer.dump([FORMAT, stream, event_type, field])


def _purpose(subjects: list[str], context: str) -> bytes:
    return serializer.dump([1, "blob", context, subjects])


def _names(subjects: Iterable[str]) -> list[str]:
    names = sorted(set(subjects))
    if not names:
        raise InvalidInput("no subjects to seal for: what has no personal data needs no seal")
    return names
