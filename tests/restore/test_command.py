"""`python -m tallygate.restore`, as one types it, on tables of an emulator."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from tallygate.deadline import Deadline
from tallygate.events import CorruptStream, EventStore, MemoryCommitLog, WrongEpoch
from tallygate.events.snapshot import Snapshot
from tests.accounts import ACCOUNT, deposit
from tests.docs.tables import fits
from tests.docs.test_documents import ROOT
from tests.restore.conftest import Place, moment

MakePlace = Callable[..., Place]


def test_a_table_is_restored_to_a_time_whole_and_what_to_do_next_is_said(
    place: MakePlace, capsys: pytest.CaptureFixture[str]
) -> None:
    dev = place("whole")
    for n in range(3):
        dev.deposit("a", f"b1/early-{n}")
    dev.deposit("b", "b1/early")
    at = moment()
    dev.deposit("a", "b1/late")
    dev.deposit("c", "b1/late-too")
    assert dev.run("table", "--at", at) == 0
    told = capsys.readouterr()
    new = f"{dev.table}-2"
    assert "2 streams, 4 commits, 4 events; no stream has a hole" in told.out
    assert f'epoch=2, restored_table="{new}"' in told.out
    assert "is being made from tallygate-whole-events as of" in told.err

    # whole: what a restore does not carry over
    table = dev.look(new)
    assert table["DeletionProtectionEnabled"] is True
    assert table["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    backups = dev.dynamodb.describe_continuous_backups(TableName=new)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    assert {"Key": "team", "Value": "a"} in dev.dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"]
    parameter = dev.client("ssm").get_parameter(Name=f"/tallygate/whole/events-stream/{new}")["Parameter"]
    assert parameter["Value"] == table["LatestStreamArn"]
    assert len(dev.dynamodb.scan(TableName=dev.table)["Items"]) == 6  # the old one is only read

    # the same again goes on, and changes nothing
    assert dev.run("table", "--at", at) == 0
    assert "this restore was begun before, and goes on" in capsys.readouterr().err
    assert dev.look(new) == table

    # switched: what the old one has besides
    dev.switch(new, 2)
    restored = dev.store(new, epoch=2)
    assert restored.load(ACCOUNT, "a").state == 3
    dev.deposit("a", "b2/new", restored)
    assert dev.run("lost") == 0
    told = capsys.readouterr()
    lost = [json.loads(line) for line in told.out.splitlines()]
    assert [(one["stream"], one["version"], one["commands"]) for one in lost] == [
        ("account-a", 4, ["b1/late"]),
        ("account-c", 1, ["b1/late-too"]),
    ]
    assert lost[0]["events"] == [{"type": "Deposited", "schema": 1, "data": {"amount": 1}}]
    assert "2 commits are lost: account 2" in told.err
    assert "of batch b1: 2 items" in told.err

    # a command that survived is not carried out again; one that was lost is
    dev.deposit("a", "b1/early-2", restored)
    assert restored.load(ACCOUNT, "a").state == 4
    dev.deposit("a", "b1/late", restored)
    assert restored.load(ACCOUNT, "a").state == 5
    with pytest.raises(WrongEpoch, match="of epoch 2, this code is set to 1"):
        dev.deposit("a", "old writer", dev.store(new, epoch=1))


def test_a_snapshot_that_is_further_than_its_stream_is_removed(
    place: MakePlace, capsys: pytest.CaptureFixture[str]
) -> None:
    dev = place("snapshot")
    for n in range(3):
        dev.deposit("a", f"c{n}")
        dev.deposit("b", f"c{n}")
    log = dev.store()._log
    for id, version in (("a", 7), ("b", 3)):
        stream = ACCOUNT.stream(id)
        log.put_snapshot(msgspec.structs.replace(_snapshot(), stream=stream, version=version), Deadline.after(10))
    at = moment()
    # without the mend the state would be of commits that are not there, and the next append would leave a hole
    assert dev.store().load(ACCOUNT, "a").version == 7
    assert dev.run("table", "--at", at) == 0
    assert "1 snapshots fit; 1 were further than their streams, and were removed" in capsys.readouterr().out
    loaded = dev.store(f"{dev.table}-2", epoch=2).load(ACCOUNT, "a")
    assert (loaded.version, loaded.state) == (3, 3)


def _snapshot() -> Snapshot:
    """One that the store itself has made."""
    log = MemoryCommitLog()
    store = EventStore(log)
    for n in range(200):
        store.execute(ACCOUNT, "a", deposit, command_id=f"c{n}", since=datetime.now(UTC))
    assert store.settle()
    return log._snapshots[ACCOUNT.stream("a")]


def test_a_hole_is_not_sound(place: MakePlace, capsys: pytest.CaptureFixture[str]) -> None:
    dev = place("hole")
    for n in range(3):
        dev.deposit("a", f"c{n}")
    dev.dynamodb.delete_item(TableName=dev.table, Key={"pk": {"S": "account-a"}, "sk": {"N": "2"}})
    at = moment()
    assert dev.run("table", "--at", at) == 1
    told = capsys.readouterr()
    assert "account-a" in told.err
    assert "restore it to some seconds earlier or later, as another epoch" in told.err
    assert "restored_table" not in told.out
    with pytest.raises(CorruptStream):
        dev.store(f"{dev.table}-2", epoch=2).load(ACCOUNT, "a")


@dataclass(frozen=True)
class Bad:
    """A command that is refused: what it is, how it is typed, and what it says."""

    given: tuple[str, ...]
    says: str
    environment: str = ""
    recovery: bool = True
    before: Callable[[Place], None] = lambda _place: None


def _at(minutes: float = 0) -> str:
    return (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat(timespec="seconds").replace("+00:00", "Z")


def _other_table(place: Place) -> None:
    place.dynamodb.create_table(
        TableName=f"{place.table}-2",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


def _gone(place: Place) -> None:
    place.switch("tallygate-gone-events", 1)


SOON = ("--at", _at(-1))
ROW = re.compile(r"^\| (an? [^|]+|no [^|]+) \| (.+) \|$", re.MULTILINE)
DOCUMENTED = dict(ROW.findall((ROOT / "docs/restore.md").read_text().partition("## What is refused")[2]))
BAD: dict[str, Bad] = {
    "a time that is none": Bad(
        ("--at", "yesterday"), "the time 'yesterday' is none: write it as AT=2026-11-21T10:00:00Z"
    ),
    "a time without an offset": Bad(
        ("--at", "2026-11-21T10:00:00"),
        "the time '2026-11-21T10:00:00' has no offset: write AT=2026-11-21T10:00:00Z if it is UTC",
    ),
    "a time in the future": Bad(("--at", _at(90)), " is in the future: it is "),
    "a time before the earliest": Bad(("--at", _at(-90 * 24 * 60)), "Z is before "),
    "a table without recovery": Bad(
        SOON, "has no point-in-time recovery, so that there is no earlier state of it", recovery=False
    ),
    "a table of that name": Bad(
        SOON, "already, that no restore has made: nothing is ever restored over it", before=_other_table
    ),
    "an epoch that is not a later one": Bad(
        (*SOON, "--epoch", "1"), "epoch 1 is not after that of the table in use, 1: leave EPOCH out for 2"
    ),
    "an environment that is not deployed": Bad(
        SOON, "there is no function tallygate-nowhere-work in this account and Region", environment="nowhere"
    ),
    "an environment that can't be one": Bad(SOON, "the environment is 'De v': give the name", environment="De v"),
    "no environment": Bad(SOON, "the environment is ''", environment="empty"),
    "a table that was deleted": Bad(
        SOON, "there is no table tallygate-gone-events: point-in-time recovery ends with its table", before=_gone
    ),
}


def test_the_document_lists_them() -> None:
    assert DOCUMENTED.keys() == BAD.keys()


@pytest.mark.parametrize("name", BAD)
def test_what_is_refused_says_why_and_changes_nothing(
    name: str, place: MakePlace, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = BAD[name]
    dev = place(f"bad{list(BAD).index(name)}", recovery=bad.recovery)
    bad.before(dev)
    place_name = f"tallygate-{dev.name}-"
    tables = dev.dynamodb.list_tables()["TableNames"]
    if bad.environment:
        dev.name = "" if bad.environment == "empty" else bad.environment
    assert dev.run("table", *bad.given) == 1
    told = capsys.readouterr()
    assert bad.says in told.err
    assert fits(DOCUMENTED[name], told.err.replace(place_name, "tallygate-dev-")), told.err
    assert told.out == ""
    assert dev.dynamodb.list_tables()["TableNames"] == tables


def test_lost_needs_a_restore(place: MakePlace, capsys: pytest.CaptureFixture[str]) -> None:
    dev = place("unswitched")
    assert dev.run("lost") == 1
    assert "is in use, and no restore has made it: give the other table as OLD=name" in capsys.readouterr().err


def test_two_tables_of_different_commits_are_not_compared(place: MakePlace, capsys: pytest.CaptureFixture[str]) -> None:
    one, other = place("first"), place("second")
    one.deposit("a", "x")
    other.deposit("a", "y")
    one.switch(one.table, 2)
    assert one.run("lost", "--old", other.table) == 1
    assert "neither is a restore of the other" in capsys.readouterr().err
