"""The guards of the event store; with those of the batch and of the gate they are all."""

from tests.guards.batch_guards import BATCH_GUARDS
from tests.guards.gate_guards import GATE_GUARDS
from tests.guards.guard import Cut, Guard

STORE = "layers/tallygate/events"


CONDITION = Cut(
    "layers/tallygate/put_if_absent.py", "                ConditionExpression=NOTHING_UNDER_THIS_KEY,\n", ""
)
ALL_OLD = Cut(
    "layers/tallygate/put_if_absent.py", '                ReturnValuesOnConditionCheckFailure="ALL_OLD",\n', ""
)
MY_OWN_COMMIT = Cut(f"{STORE}/dynamodb.py", "if standing.commit_id != commit.commit_id:", "if standing:")
COMMAND_CHECK = Cut(
    f"{STORE}/execution.py",
    "            commit = recorded(self._log, stream, commands, command.id, since=since, until=self._until)\n",
    "            commit = None\n",
)
CONTIGUOUS = Cut(f"{STORE}/reader.py", "if commit.version != expected:", "if False:")
FRESH_READ = Cut(f"{STORE}/execution.py", "if not draft.events and not current:", "if False:")
READ_BACK = Cut(f"{STORE}/recorded.py", "    if commands.covers(since):\n", "    if True:\n")
TWINS = Cut(f"{STORE}/execution.py", "if command.id in draft.carried or draft.size", "if draft.size")
LINE_IS_BOUNDED = Cut(f"{STORE}/waiting_line.py", "lambda: len(self._waiting) < self._capacity", "lambda: True")
LEADER_PUTS_BACK = Cut(
    f"{STORE}/execution.py", "self._held.line.put_back([command for command in waiting if not command.done])", "pass"
)
FOLD = Cut(f"{STORE}/reader.py", "if snapshot.fold != self._folding.aggregate.fold or", "if")
NEWER_SNAPSHOT = Cut(f"{STORE}/dynamodb.py", "OR (#fold = :fold AND #version < :version)", "OR #version < :version")
READ_BACK_EQUAL = Cut(f"{STORE}/aggregate.py", "if serializer.from_data(data, cls) == event:", "if True:")
REWOUND_AS_IT_WAS = Cut(
    f"{STORE}/standing.py", "counts = commit.version - 1 if to is None else to", "counts = commit.version - 1"
)
EPOCH = Cut(f"{STORE}/reader.py", "if commit.epoch > self._epoch:", "if False:")
NOT_YET_LOST = Cut(
    f"{STORE}/overflow/collector.py",
    '    if standing is None:\n        return "undecided"\n',
    '    if standing is None:\n        return "deleted"\n',
)
WARM_FORGETS = Cut(f"{STORE}/reader.py", "if self._folding.forgotten(self._held.position.subjects):", "if False:")
SEALED_SNAPSHOT = Cut(f"{STORE}/folding.py", "if self.sealer is None or not subjects:", "if True:")

LOST = "tests/faults/test_lost_answers.py::"
LOG = "tests/contract/test_commit_log.py::"
UNIT = "tests/unit/events/"

GUARDS = (
    Guard(
        "the append condition",
        (CONDITION, ALL_OLD),
        f"{LOG}test_of_many_writers_at_once_exactly_one_wins_each_version[dynamodb-local]",
        shows="Left contains 15 more items",  # 16 writers of one version, and all of them "won"
    ),
    # One makes up for the other: each command is sent once, and only without both does a lost answer write it twice.
    Guard(
        "the comparison of commit_id and the command check",
        (MY_OWN_COMMIT, COMMAND_CHECK),
        f"{LOST}test_every_command_is_stored_once_although_answers_are_lost",
        shows="commits for 200 commands",
    ),
    Guard(
        "the comparison of commit_id",
        (MY_OWN_COMMIT,),
        f"{LOST}test_an_append_whose_answer_was_lost_is_a_success_not_a_conflict",
        shows="VersionConflict: version",
    ),
    Guard(
        "the command check",
        (COMMAND_CHECK,),
        f"{LOST}test_every_command_takes_effect_once_although_it_is_sent_twice",
        shows="commands that took effect twice",
    ),
    Guard(
        "the reading back to the command's first try",
        (READ_BACK,),
        f"{UNIT}test_execute.py::test_a_command_is_found_after_10_000_other_commits_also_when_most_ids_are_no_longer_held",
        shows="repeated=False",
    ),
    Guard(
        "the read before a decision for nothing is believed",
        (FRESH_READ,),
        f"{UNIT}test_execute.py::test_a_decision_for_nothing_is_believed_only_after_a_read",
        shows="assert None is not None",
    ),
    Guard(
        "the same command once in a group",
        (TWINS,),
        f"{UNIT}test_group_commit.py::test_the_same_command_twice_in_a_group_is_carried_out_once",
        shows="was lost from the line",
    ),
    Guard(
        "the bound of the waiting line",
        (LINE_IS_BOUNDED,),
        f"{UNIT}test_group_commit.py::test_a_full_line_is_waited_for_and_then_an_error",
        shows="account-1 is contended",
    ),
    Guard(
        "others go on when the leader runs out of time",
        (LEADER_PUTS_BACK,),
        f"{UNIT}test_group_commit.py::test_when_the_leader_runs_out_of_time_the_others_go_on",
        shows="may or may not be stored",
    ),
    Guard(
        "snapshots of another fold are not used",
        (FOLD,),
        f"{UNIT}test_snapshots.py::test_a_snapshot_of_an_older_fold_is_not_used_and_a_newer_fold_replaces_it",
        shows="== 400",
    ),
    Guard(
        "a snapshot gives way to a newer one only",
        (NEWER_SNAPSHOT,),
        f"{LOG}test_a_snapshot_stands_until_a_newer_fold_or_version[dynamodb-local-standing4-challenger4-False]",
        shows="True = put_snapshot(",
    ),
    Guard(
        "an event is read back before it is stored",
        (READ_BACK_EQUAL,),
        f"{UNIT}test_evolution.py::test_a_value_that_would_not_be_read_back_equal_is_refused",
        shows="DID NOT RAISE InvalidEvent",
    ),
    Guard(
        "a rewind beyond rewinds",
        (REWOUND_AS_IT_WAS,),
        f"{UNIT}test_rewind.py::test_a_rewind_beyond_rewinds_is_taken_as_it_was_then",
        shows="assert",
    ),
    Guard(
        "code of an earlier epoch is refused",
        (EPOCH,),
        f"{UNIT}test_epochs.py::test_code_of_an_earlier_epoch_is_refused_also_when_it_is_warm",
        shows="DID NOT RAISE WrongEpoch",
    ),
    Guard(
        "an overflow object whose version is free is kept",
        (NOT_YET_LOST,),
        "tests/unit/events/test_collector.py::test_a_slow_writer_finds_its_object_when_its_commit_lands_at_last",
        shows="['deleted', 'undecided']",
    ),
    Guard(
        "a warm process forgets",
        (WARM_FORGETS,),
        f"{UNIT}test_forgetting.py::test_forgotten_is_forgotten_by_warm_and_cold_processes_and_folds_still_work",
        shows="Ada Lovelace",
    ),
    Guard(
        "snapshots are sealed",
        (SEALED_SNAPSHOT,),
        f"{UNIT}test_forgetting.py::test_snapshots_are_sealed_for_all_in_them_and_of_no_use_once_one_is_forgotten",
        shows="'Ada Lovelace' not in",
    ),
    Guard(
        "contiguous versions",
        (CONTIGUOUS,),
        f"{UNIT}test_load_append.py::test_a_hole_is_an_error_never_skipped",
        shows="DID NOT RAISE CorruptStream",
    ),
    *BATCH_GUARDS,
    *GATE_GUARDS,
)
