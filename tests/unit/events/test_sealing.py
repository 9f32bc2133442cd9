"""Personal data: sealed, opened, forgotten, and never to be moved."""

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallygate.deadline import Deadline
from tallygate.errors import InvalidInput
from tallygate.events import CorruptStream, InvalidEvent
from tallygate.events.forgetting import MemoryKeyVault, Sealer, SubjectForgotten, UnknownSubject, personal, subjects_in

STREAM = "booking-1"
FIELDS = {
    "name": personal(subject="customer", forgotten="[forgotten]"),
    "seat": personal(subject="customer", forgotten=None),
    "guest_name": personal(subject="guest", forgotten="[forgotten]"),
}
DATA: dict[str, Any] = {
    "customer": "c-7",
    "guest": "g-1",
    "name": "Ann",
    "seat": {"row": 7},
    "guest_name": "Bob",
    "paid": 3,
}
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc$", max_size=3), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


def until() -> Deadline:
    return Deadline.after(10)


@pytest.fixture
def vault() -> MemoryKeyVault:
    return MemoryKeyVault()


@pytest.fixture
def sealer(vault: MemoryKeyVault) -> Sealer:
    return Sealer(vault)


def seal(sealer: Sealer, data: dict[str, Any] | None = None) -> dict[str, Any]:
    return sealer.seal(STREAM, "Booked", DATA if data is None else data, FIELDS, until())


def opened(sealer: Sealer, data: dict[str, Any]) -> tuple[dict[str, Any], set[str]]:
    return sealer.open(STREAM, "Booked", data, until())


@given(values, values)
def test_whatever_is_sealed_is_opened_equal(one: object, other: object) -> None:
    sealer = Sealer(MemoryKeyVault())
    data = DATA | {"name": one, "guest_name": other}
    stored = json.loads(json.dumps(seal(sealer, data)))
    assert opened(sealer, stored) == (data, set())


def test_what_is_stored_says_whose_it_is_and_nothing_more(sealer: Sealer) -> None:
    stored = seal(sealer)
    assert {name: stored[name] for name in ("customer", "guest", "paid")} == {
        "customer": "c-7",
        "guest": "g-1",
        "paid": 3,
    }
    assert {name: stored[name]["$sealed"] for name in FIELDS} == {"name": "c-7", "seat": "c-7", "guest_name": "g-1"}
    assert {name: set(stored[name]) for name in FIELDS} == {name: {"$sealed", "v", "data"} for name in FIELDS}
    assert subjects_in(stored) == {"c-7", "g-1"}
    assert subjects_in(DATA) == set()
    for name in FIELDS:
        assert len(base64.b64decode(stored[name]["data"])) == 12 + len(json.dumps(DATA[name]).replace(" ", "")) + 16


def test_the_same_value_is_never_sealed_alike(sealer: Sealer) -> None:
    assert len({seal(sealer)["name"]["data"] for _ in range(100)}) == 100


def test_a_forgotten_subject_reads_as_such_and_the_others_as_ever(sealer: Sealer, vault: MemoryKeyVault) -> None:
    stored = seal(sealer)
    vault.forget("c-7", until())
    assert opened(sealer, stored) == (DATA | {"name": None, "seat": None}, {"name", "seat"})
    with pytest.raises(SubjectForgotten):
        seal(sealer)


def test_a_lost_key_is_not_read_as_forgotten(sealer: Sealer) -> None:
    with pytest.raises(UnknownSubject, match="never had a key for the subject 'c-7'"):
        opened(Sealer(MemoryKeyVault()), seal(sealer))


def test_any_bit_that_is_changed_is_noticed(sealer: Sealer) -> None:
    stored = seal(sealer)
    content = base64.b64decode(stored["name"]["data"])
    for bit in range(len(content) * 8):
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << bit % 8
        tampered = stored | {"name": stored["name"] | {"data": base64.b64encode(changed).decode()}}
        with pytest.raises(CorruptStream, match=r"Booked.name of booking-1 can't be opened \(the seal is broken\)"):
            opened(sealer, tampered)


def test_what_is_moved_is_noticed(sealer: Sealer) -> None:
    stored = seal(sealer)
    moves: list[tuple[str, str, dict[str, Any]]] = [
        ("booking-2", "Booked", stored),
        (STREAM, "Cancelled", stored),
        ("booking-1Book", "ed", stored),
        (STREAM, "Booked", stored | {"seat": stored["name"]}),
        (STREAM, "Booked", stored | {"name": stored["name"] | {"$sealed": "g-1"}}),
    ]
    for stream, event_type, data in moves:
        with pytest.raises(CorruptStream, match="it was changed, or moved here from another stream, event, field"):
            sealer.open(stream, event_type, data, until())


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"v": 2}, "is sealed in format 2, this code reads 1: deploy the code that wrote it"),
        ({"data": "????"}, "is no sealed value"),
        ({"data": "ü"}, "is no sealed value"),
        ({"data": None}, "is no sealed value"),
        ({"$sealed": ["c-7"]}, "is no sealed value"),
        ({"data": "AAAA"}, r"can't be opened \(3 bytes are too few\)"),
    ],
)
def test_what_only_looks_sealed_is_an_error(sealer: Sealer, changed: dict[str, Any], says: str) -> None:
    stored = seal(sealer)
    with pytest.raises(CorruptStream, match=says):
        opened(sealer, stored | {"name": stored["name"] | changed})


def test_plain_data_that_would_be_taken_for_sealed_is_refused(sealer: Sealer) -> None:
    with pytest.raises(InvalidEvent, match=r"Booked.paid has a key '\$sealed', which stands for sealed data: rename"):
        seal(sealer, DATA | {"paid": {"$sealed": "x"}})
    personal = DATA | {"name": {"$sealed": "x"}}  # where it is sealed itself, it may be anything
    assert opened(sealer, seal(sealer, personal)) == (personal, set())


@pytest.mark.parametrize("subject", ["", None, 7])
def test_an_event_without_its_subject_is_refused(sealer: Sealer, subject: object) -> None:
    with pytest.raises(InvalidEvent, match=rf"Booked.customer is {subject!r}, but it names whose personal data"):
        seal(sealer, DATA | {"customer": subject})


def test_data_from_before_a_field_was_personal_are_read_as_they_are(sealer: Sealer) -> None:
    assert opened(sealer, DATA) == (DATA, set())


BLOB = b'{"state": 1}'


@pytest.fixture
def blob(sealer: Sealer) -> bytes:
    seal(sealer)
    return sealer.seal_blob(["c-7", "g-1"], BLOB, "booking-1/7", until())


def test_a_blob_is_opened_by_all_the_subjects_in_any_order(sealer: Sealer, blob: bytes) -> None:
    assert BLOB not in blob
    assert sealer.open_blob(["g-1", "c-7", "g-1"], blob, "booking-1/7", until()) == BLOB


@pytest.mark.parametrize("subject", ["c-7", "g-1"])
def test_to_forget_one_of_them_makes_a_blob_unreadable(
    sealer: Sealer, vault: MemoryKeyVault, blob: bytes, subject: str
) -> None:
    vault.forget(subject, until())
    assert sealer.open_blob(["c-7", "g-1"], blob, "booking-1/7", until()) is None
    with pytest.raises(SubjectForgotten):
        sealer.seal_blob(["c-7", "g-1"], BLOB, "booking-1/8", until())
    (other,) = {"c-7", "g-1"} - {subject}
    with pytest.raises(CorruptStream):  # nor is it any use to leave the forgotten one out
        sealer.open_blob([other], blob, "booking-1/7", until())


def test_a_blobs_key_needs_every_subjects_key(sealer: Sealer, blob: bytes) -> None:
    """Who has all keys but one has nothing: the same blob, tried with another key in the place of each."""
    for place in range(2):
        other = MemoryKeyVault()
        for name, key in list(sealer._vault._keys.items()):  # type: ignore[attr-defined]
            other._keys[name] = key
        other._keys[("c-7", "g-1")[place]] = bytes(32)
        with pytest.raises(CorruptStream, match=r"booking-1/7 can't be opened \(the seal is broken\)"):
            Sealer(other).open_blob(["c-7", "g-1"], blob, "booking-1/7", until())


def test_a_blob_that_was_changed_or_moved_is_noticed(sealer: Sealer, blob: bytes) -> None:
    changed = [blob[:-1] + bytes([blob[-1] ^ 1]), blob[:20], b"", b"\x02" + blob[1:]]
    for one in changed:
        with pytest.raises(CorruptStream, match=r"booking-1/7 can't be opened .*: make it again"):
            sealer.open_blob(["c-7", "g-1"], one, "booking-1/7", until())
    with pytest.raises(CorruptStream, match="booking-1/8 can't be opened"):
        sealer.open_blob(["c-7", "g-1"], blob, "booking-1/8", until())


def test_a_blob_of_nobody_is_refused(sealer: Sealer) -> None:
    with pytest.raises(InvalidInput, match="no subjects to seal for"):
        sealer.seal_blob([], BLOB, "booking-1/7", until())


def run(code: str) -> str:
    """What a new interpreter prints."""
    layers = Path(__file__).parents[3] / "layers"
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(layers)!r})\n{code}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_who_does_not_seal_does_not_import_cryptography() -> None:
    imported = "print([name for name in sys.modules if name.partition('.')[0] == 'cryptography'])"
    for module in ("tallygate.events", "tallygate.events.wiring", "tallygate.events.forgetting"):
        assert run(f"import {module}\n{imported}") == "[]\n", module
    assert run(f"from tallygate.events.forgetting import *\nSealer(MemoryKeyVault())\n{imported}") != "[]\n"


def test_without_cryptography_it_says_how_to_get_it() -> None:
    code = (
        "sys.modules['cryptography'] = None\n"
        "from tallygate.events.forgetting import MemoryKeyVault, Sealer\n"
        "try:\n    Sealer(MemoryKeyVault())\nexcept ValueError as error:\n    print(type(error).__name__, error)"
    )
    assert run(code).endswith(": pip install tallygate[forgetting]\n")
    assert run(code).startswith("InvalidInput personal data can't be sealed without the package cryptography")
