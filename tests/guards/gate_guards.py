"""The guards of the fan-out: of its gate, its sweeper, its totals and its effects."""

from tests.guards.guard import Cut, Guard

PROJECTIONS = "layers/tallygate/projections"
GATE = "tests/unit/projections/test_gate.py::"
SWEEPER = "tests/unit/projections/test_sweeper.py::"
ROWS = "tests/contract/test_rows.py::"

SAME_VERSION = Cut(f"{PROJECTIONS}/dynamodb.py", "#version = :version AND", "#version >= :version AND")
NEXT_ONLY = Cut(f"{PROJECTIONS}/turn.py", "version = self._have + 1\n", "version = min(self._offered)\n")
GAP = Cut(
    f"{PROJECTIONS}/turn.py",
    "return self._have < max(self._offered, default=0)",
    "return False",
)
FROM_BEFORE_A_RESTORE = Cut(f"{PROJECTIONS}/gate.py", " if one is None or one.epoch >= self._tools.epoch}", "}")
LATER_EPOCH = Cut(f"{PROJECTIONS}/turn.py", "if commit.epoch > self._tools.epoch:", "if False:")
HOLE = Cut(f"{PROJECTIONS}/turn.py", "if commit.version != expected:", "if False:")
BEFORE_THE_REFUSED = Cut(f"{PROJECTIONS}/turn.py", "row = taken.row if taken and taken.row else base", "row = base")
IN_TIME = Cut(f"{PROJECTIONS}/fold.py", "with time_limit(seconds), users_code():", "with users_code():")
REWOUND = Cut(f"{PROJECTIONS}/fold.py", "if to is None:", "if True:")
RENEWED = Cut(f"{PROJECTIONS}/sweeper.py", "int(not ahead and self._gate.renew(row, until))", "0")
UNKNOWN_STREAMS = Cut(f"{PROJECTIONS}/sweeper.py", "return row is None or (", "return row is not None and (")
ONE_SWEEP = Cut(
    f"{PROJECTIONS}/sweeper.py",
    "if not self._states.write(state, until):",
    "if self._states.write(state, until) is None:",
)

GATE_GUARDS = (
    Guard(
        "the version in a row's condition",
        (SAME_VERSION,),
        f"{ROWS}test_of_many_who_write_the_same_version_one_wins[dynamodb-local]",
        shows="too many values to unpack",
    ),
    Guard(
        "what was taken is dropped",
        (NEXT_ONLY,),
        f"{GATE}test_what_was_taken_is_dropped",
        shows="(2, 2, 0) == (2, 0, 2)",
    ),
    Guard(
        "the gap that is read from the table",
        (GAP,),
        f"{GATE}test_a_gap_is_read_from_the_table_to_its_end",
        shows="(1, 0, 0) == (7, 5, 0)",
    ),
    Guard(
        "what was delivered before a restore is a bell only",
        (FROM_BEFORE_A_RESTORE,),
        f"{GATE}test_after_a_restore_the_view_is_made_anew_and_old_deliveries_are_bells_only",
        shows="assert",
    ),
    Guard(
        "a commit that a restore lost on its way is no hole",
        (FROM_BEFORE_A_RESTORE,),
        "tests/unit/projections/test_restore.py::test_a_record_on_its_way_of_a_commit_that_is_lost_parks_nothing",
        shows="the events table ends with 1",
    ),
    Guard(
        "the epoch of a commit",
        (LATER_EPOCH,),
        f"{GATE}test_a_later_epoch_is_refused",
        shows="DID NOT RAISE",
    ),
    Guard(
        "contiguous versions in a view",
        (HOLE,),
        f"{GATE}test_a_hole_in_the_table_parks",
        shows="the events table ends with 2",
    ),
    Guard(
        "what was taken before a refused commit is kept",
        (BEFORE_THE_REFUSED,),
        f"{GATE}test_an_apply_that_raises_parks_its_stream_alone",
        shows="assert 0 == 2",
    ),
    Guard(
        "the time of `apply`",
        (IN_TIME,),
        f"{GATE}test_an_apply_that_hangs_parks_after_three_times",
        shows="assert",
    ),
    Guard(
        "a rewind in a view",
        (REWOUND,),
        f"{GATE}test_a_rewind_takes_the_view_and_its_totals_back",
        shows="assert",
    ),
    Guard(
        "totals of today's code",
        (RENEWED,),
        f"{SWEEPER}test_other_totals_are_in_all_rows_after_a_sweep",
        shows="assert 0 == 20",
    ),
    Guard(
        "streams without a row",
        (UNKNOWN_STREAMS,),
        f"{SWEEPER}test_what_no_delivery_brought_is_found_and_the_next_cycle_is_clean",
        shows="assert",
    ),
    Guard(
        "one sweep at a time",
        (ONE_SWEEP,),
        f"{SWEEPER}test_two_sweeps_at_once_do_not_undo_each_other",
        shows="another sweep of the same consumer",
    ),
)
