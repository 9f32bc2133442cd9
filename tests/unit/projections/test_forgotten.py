"""A view that told of somebody who was forgotten is made anew."""

from tallygate.deadline import Deadline
from tallygate.events import EventStore, MemoryCommitLog
from tallygate.events.forgetting.memory import MemoryKeyVault
from tallygate.events.forgetting.sealing import Sealer
from tallygate.projections import Projection
from tallygate.projections.fold import Fold
from tallygate.projections.gate import Gate
from tallygate.projections.memory import MemoryRows
from tests.unit.events.test_forgetting import ADA, BOB, GUESTS, Guests, evolve


def test_a_view_that_told_of_somebody_forgotten_is_made_anew() -> None:
    until, log, vault, rows = Deadline.after(30), MemoryCommitLog(), MemoryKeyVault(), MemoryRows()
    guests = Projection(
        name="guests", of=GUESTS, initial=Guests(), apply=evolve, totals=lambda view: {"n": len(view.names)}
    )
    store = EventStore(log, vault=vault)
    store.append(store.append(store.load(GUESTS, "1"), [ADA]), [BOB])
    gate, stream = Gate(Fold(guests, log, Sealer(vault)), rows, log), GUESTS.stream("1")
    gate.catch_up(stream, until)
    row = rows.get(stream, until)
    assert row is not None
    assert guests.parse(row.view).names == ("Ada Lovelace", "Bob Boyle")
    assert row.subjects == ("c1", "c2")
    assert not gate.renew(row, until)
    vault.forget("c1", until)
    assert gate.renew(row, until)
    anew = rows.get(stream, until)
    assert anew is not None
    assert guests.parse(anew.view).names == ("[forgotten]", "Bob Boyle")
    assert (anew.subjects, anew.contribution) == (("c2",), {"n": 2})
