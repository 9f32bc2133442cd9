"""What every vault of keys promises."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from uuid import uuid4

import boto3
import pytest
from moto import mock_aws
from mypy_boto3_dynamodb import DynamoDBClient
from mypy_boto3_kms import KMSClient

from tallygate import aws
from tallygate.deadline import Deadline
from tallygate.errors import InvalidInput, Unavailable
from tallygate.events.forgetting import CachedVault, KeyVault, MemoryKeyVault, SubjectForgotten, UnknownSubject
from tallygate.events.forgetting.dynamodb import DynamoDBKeyVault
from tallygate.events.forgetting.vault import VaultUnusable
from tests.conftest import ANYBODY
from tests.contract.conftest import BACKENDS, JUDGES_OF_A_RACE

NOWHERE = "http://127.0.0.1:9"


def until(seconds: float = 10) -> Deadline:
    return Deadline.after(seconds)


def create_vault_table(client: DynamoDBClient) -> str:
    """As stacks/constructs/key_vault.py defines it."""
    name = f"subjects-{uuid4()}"
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


@pytest.fixture
def kms() -> Iterator[KMSClient]:
    with mock_aws():
        yield boto3.client("kms", config=aws.config(), **ANYBODY)


class Deployed:
    """A table and a KMS key, and vaults on them: each is another process's."""

    def __init__(self, client: DynamoDBClient, kms: KMSClient) -> None:
        self.client, self.kms = client, kms
        self.table = create_vault_table(client)
        self.kms_key = kms.create_key()["KeyMetadata"]["KeyId"]

    def vault(self) -> DynamoDBKeyVault:
        return DynamoDBKeyVault(self.table, self.kms_key, self.client, self.kms)

    def item(self, subject: str) -> dict[str, object]:
        return dict(self.client.get_item(TableName=self.table, Key={"pk": {"S": subject}})["Item"])


@pytest.fixture
def deployed(kms: KMSClient) -> Deployed:
    return Deployed(boto3.client("dynamodb", config=aws.config(), **ANYBODY), kms)


@pytest.fixture(params=[*BACKENDS, "cached"])
def vault(request: pytest.FixtureRequest) -> KeyVault:
    match request.param:
        case "memory":
            return MemoryKeyVault()
        case "cached":
            return CachedVault(MemoryKeyVault())
        case "moto":
            deployed: Deployed = request.getfixturevalue("deployed")
            return deployed.vault()
    client = request.getfixturevalue("dynamodb_local_client")
    return Deployed(client, request.getfixturevalue("kms")).vault()


def test_a_subject_has_one_key_of_its_own(vault: KeyVault) -> None:
    ann, bob = (vault.key_for_writing(subject, until()) for subject in ("ann", "bob"))
    assert (len(ann), len(bob)) == (32, 32)
    assert ann != bob
    assert vault.key_for_writing("ann", until()) == vault.key("ann", until()) == ann


def test_forgotten_is_for_ever(vault: KeyVault) -> None:
    vault.key_for_writing("ann", until())
    bob = vault.key_for_writing("bob", until())
    for _ in range(2):
        vault.forget("ann", until())
        assert vault.key("ann", until()) is None
        with pytest.raises(SubjectForgotten, match=r"'ann' was forgotten, .*: leave it out, or give"):
            vault.key_for_writing("ann", until())
    assert vault.key("bob", until()) == bob


def test_a_subject_that_never_had_a_key_is_unknown_not_forgotten(vault: KeyVault) -> None:
    for ask in (vault.key, vault.forget):
        with pytest.raises(UnknownSubject, match="never had a key for the subject 'ann': mend the id"):
            ask("ann", until())
    assert len(vault.key_for_writing("ann", until())) == 32  # not a trace was left


@pytest.mark.parametrize("subject", ["", None, 7, "x" * 1025])
def test_a_bad_subject_is_refused(vault: KeyVault, subject: str) -> None:
    for ask in (vault.key_for_writing, vault.key, vault.forget):
        with pytest.raises(InvalidInput, match=r"the subject .* (give the id|hash it)"):
            ask(subject, until())


@pytest.mark.parametrize("vault", JUDGES_OF_A_RACE, indirect=True)
def test_of_many_who_make_a_key_at_once_all_get_the_same(vault: KeyVault) -> None:
    together = threading.Barrier(8)

    def make(subject: str) -> bytes:
        together.wait()
        return vault.key_for_writing(subject, until())

    with ThreadPoolExecutor(8) as pool:
        for n in range(5):
            subject = f"subject-{n}"
            keys = set(pool.map(make, [subject] * 8))
            assert keys == {vault.key(subject, until())}, f"{len(keys)} keys for one subject"


@pytest.mark.parametrize("vault", JUDGES_OF_A_RACE, indirect=True)
def test_whoever_writes_while_a_subject_is_forgotten_never_revives_it(vault: KeyVault) -> None:
    vault.key_for_writing("ann", until())

    def write(n: int) -> None:
        if n == 10:
            vault.forget("ann", until())
            return
        with suppress(SubjectForgotten):
            vault.key_for_writing("ann", until())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))
    assert vault.key("ann", until()) is None


def test_the_table_holds_no_key_in_the_clear_and_nothing_of_a_forgotten_one(deployed: Deployed) -> None:
    vault = deployed.vault()
    key = vault.key_for_writing("ann", until())
    assert key not in bytes(deployed.item("ann")["wrapped_key"]["B"])  # type: ignore[index]
    vault.forget("ann", until())
    once = deployed.item("ann")
    assert set(once) == {"pk", "made_at", "forgotten_at"}
    vault.forget("ann", until())
    assert deployed.item("ann") == once  # the day stands


def test_a_key_that_is_moved_to_another_subject_is_refused(deployed: Deployed) -> None:
    vault = deployed.vault()
    vault.key_for_writing("ann", until())
    moved = {**deployed.item("ann"), "pk": {"S": "bob"}}
    deployed.client.put_item(TableName=deployed.table, Item=moved)  # type: ignore[arg-type]
    with pytest.raises(VaultUnusable, match=r"refuses the key of 'bob' .*: the item was changed or moved"):
        vault.key("bob", until())


def test_an_item_without_key_and_tombstone_is_not_read_as_forgotten(deployed: Deployed) -> None:
    deployed.client.put_item(TableName=deployed.table, Item={"pk": {"S": "ann"}})
    for ask in (deployed.vault().key, deployed.vault().key_for_writing):
        with pytest.raises(VaultUnusable, match=r"the item of 'ann' in subjects-.* has no key: restore"):
            ask("ann", until())


def test_a_kms_key_that_is_not_there_is_not_read_as_forgotten(deployed: Deployed) -> None:
    """(moto lets a key that is disabled or scheduled for deletion be used.)"""
    deployed.vault().key_for_writing("ann", until())
    deployed.kms_key = str(uuid4())
    for ask, subject in ((deployed.vault().key, "ann"), (deployed.vault().key_for_writing, "bob")):
        with pytest.raises(
            VaultUnusable, match=rf"the KMS key .* refuses the key of '{subject}' .*: mend the key's name"
        ):
            ask(subject, until())


@pytest.mark.parametrize("down", ["dynamodb", "kms"])
def test_no_answer_is_never_read_as_forgotten(deployed: Deployed, down: str) -> None:
    deployed.vault().key_for_writing("ann", until())
    config = aws.config(attempts=1)
    if down == "dynamodb":
        deployed.client = boto3.client("dynamodb", endpoint_url=NOWHERE, config=config, **ANYBODY)
    else:
        deployed.kms = boto3.client("kms", endpoint_url=NOWHERE, config=config, **ANYBODY)
    vault = deployed.vault()
    asked: list[Callable[[], object]] = [
        lambda: vault.key("ann", until(0.2)),
        lambda: vault.key_for_writing("ann", until(0.2)),
        lambda: vault.key_for_writing("bob", until(0.2)),
        lambda: CachedVault(vault).key("ann", until(0.2)),
    ]
    if down == "dynamodb":
        asked.append(lambda: vault.forget("ann", until(0.2)))
    for ask in asked:
        with pytest.raises(Unavailable, match="got no answer before the deadline"):
            ask()


class Counting:
    """A vault that counts how often it is asked."""

    def __init__(self, vault: KeyVault) -> None:
        self.vault, self.asked = vault, 0

    def key_for_writing(self, subject: str, until: Deadline) -> bytes:
        self.asked += 1
        return self.vault.key_for_writing(subject, until)

    def key(self, subject: str, until: Deadline) -> bytes | None:
        self.asked += 1
        return self.vault.key(subject, until)

    def forget(self, subject: str, until: Deadline) -> None:
        self.vault.forget(subject, until)


class TestCached:
    """Two processes, one vault below them, one clock."""

    @pytest.fixture(autouse=True)
    def _two(self) -> None:
        self.time = 1000.0
        self.below = Counting(MemoryKeyVault())
        self.here, self.there = (CachedVault(self.below, 60, now=lambda: self.time) for _ in range(2))

    def test_it_asks_once_a_minute(self) -> None:
        keys = {self.here.key_for_writing("ann", until()), self.here.key("ann", until())}
        self.time += 59.9
        keys.add(self.here.key("ann", until()))
        assert (len(keys), self.below.asked) == (1, 1)
        self.time += 0.1
        self.here.key("ann", until())
        assert self.below.asked == 2

    def test_forget_takes_effect_here_at_once_and_elsewhere_within_a_minute(self) -> None:
        key = self.there.key_for_writing("ann", until())
        self.here.key("ann", until())
        self.time += 1
        self.here.forget("ann", until())
        assert self.here.key("ann", until()) is None
        assert self.there.key("ann", until()) == key
        self.time += 59
        assert self.there.key("ann", until()) is None
        with pytest.raises(SubjectForgotten):
            self.there.key_for_writing("ann", until())

    def test_an_answer_is_as_old_as_its_question(self) -> None:
        class Slow(MemoryKeyVault):
            def key(_, subject: str, until: Deadline) -> bytes | None:  # noqa: N805
                key = super().key(subject, until)
                self.time += 50
                return key

        below = Slow()
        below.key_for_writing("ann", until())
        cached = CachedVault(below, 60, now=lambda: self.time)
        cached.key("ann", until())
        below.forget("ann", until())
        self.time += 10
        assert cached.key("ann", until()) is None

    @pytest.mark.parametrize("later", [0, 1])
    def test_a_slow_answer_does_not_revive_what_was_forgotten_meanwhile(self, later: float) -> None:
        class Slow(MemoryKeyVault):
            def key(_, subject: str, until: Deadline) -> bytes | None:  # noqa: N805
                key = super().key(subject, until)
                self.time += later
                cached.forget(subject, until)
                return key

        below = Slow()
        below.key_for_writing("ann", until())
        cached = CachedVault(below, 60, now=lambda: self.time)
        assert cached.key("ann", until()) is not None
        below.key = lambda *_: pytest.fail("not held")  # type: ignore[method-assign]
        assert cached.key("ann", until()) is None

    def test_an_error_is_not_held(self) -> None:
        with pytest.raises(UnknownSubject):
            self.here.key("ann", until())
        self.there.key_for_writing("ann", until())
        assert self.here.key("ann", until()) is not None

    def test_it_holds_no_more_than_its_capacity(self) -> None:
        cached = CachedVault(self.below, 60, capacity=2, now=lambda: self.time)
        for subject in ("ann", "bob", "ann", "cal", "ann"):
            cached.key_for_writing(subject, until())
        assert self.below.asked == 3
        cached.key_for_writing("bob", until())
        assert self.below.asked == 4

    @pytest.mark.parametrize(("seconds", "capacity"), [(-1, 1), (float("inf"), 1), (float("nan"), 1), (60, 0)])
    def test_bad_bounds_are_refused(self, seconds: float, capacity: int) -> None:
        with pytest.raises(InvalidInput, match="must be 0 or more"):
            CachedVault(self.below, seconds, capacity=capacity)
