"""The guards: where each stands, what the code is without it, and the test that notices."""

from dataclasses import dataclass

STORE = "layers/tallygate/events"
BATCH = "layers/tallygate/batch"


@dataclass(frozen=True)
class Cut:
    """A piece of source code, which occurs once in its file, and what stands there when the guard is gone."""

    file: str
    guard: str
    without: str


@dataclass(frozen=True)
class Guard:
    """One guard.

    Parameters
    ----------
    name : str
    cuts : tuple of Cut
        All of them together take it away.
    test : str
        Green with it, red without it.
    """

    name: str
    cuts: tuple[Cut, ...]
    test: str


CONDITION = Cut(
    "layers/tallygate/put_if_absent.py", "                ConditionExpression=NOTHING_UNDER_THIS_KEY,\n", ""
)
ALL_OLD = Cut(
    "layers/tallygate/put_if_absent.py", '                ReturnValuesOnConditionCheckFailure="ALL_OLD",\n', ""
)
MY_OWN_COMMIT = Cut(f"{STORE}/dynamodb.py", "if standing.commit_id != commit.commit_id:", "if standing:")
COMMAND_CHECK = Cut(
    f"{STORE}/execution.py",
    "if (recorded := self._recorded(command_id, since - CLOCK_SKEW)) is not None:",
    "if (recorded := None) is not None:",
)
ABANDON = Cut(
    f"{BATCH}/gatekeeper.py", "self._records.put_chunk(manifest, self._abandoned(manifest, i, attempt))", "pass"
)
MY_OWN_RECORD = Cut(f"{BATCH}/chunk_worker.py", "if standing.attempt == attempt else", "if False else")
CONTIGUOUS = Cut(f"{STORE}/reading.py", "if commit.version != expected:", "if False:")
ADOPT = Cut(
    f"{BATCH}/planner.py",
    "standing = self._records.put_manifest(self._read(batch, request, execution.started))",
    "standing = self._read(batch, request, execution.started); self._records.put_manifest(standing)",
)
INVARIANT = Cut(f"{BATCH}/reporter.py", "        _check(manifest, records, report)\n", "")
FRESH_READ = Cut(f"{STORE}/execution.py", "                if current:\n", "                if True:\n")

LOST = "tests/contract/test_lost_answers.py::"
LOG = "tests/contract/test_commit_log.py::"
PROTOCOL = "tests/unit/test_batch_protocol.py::"

GUARDS = (
    Guard(
        "the append condition",
        (CONDITION, ALL_OLD),
        f"{LOG}test_of_many_writers_at_once_exactly_one_wins_each_version[dynamodb-local]",
    ),
    Guard(
        "the comparison of commit_id and the command check",
        (MY_OWN_COMMIT, COMMAND_CHECK),
        f"{LOST}test_every_command_takes_effect_once_although_answers_are_lost",
    ),
    Guard(
        "the comparison of commit_id alone",
        (MY_OWN_COMMIT,),
        f"{LOST}test_an_append_whose_answer_was_lost_is_a_success_not_a_conflict",
    ),
    Guard(
        "the competing put of ABANDONED",
        (ABANDON,),
        f"{PROTOCOL}test_a_late_worker_loses_to_the_force_and_the_count_stays_exact",
    ),
    Guard(
        "the attempt's id in a chunk record",
        (MY_OWN_RECORD,),
        f"{PROTOCOL}test_a_batch_whose_chunks_are_all_done_is_complete",
    ),
    Guard(
        "contiguous versions",
        (CONTIGUOUS,),
        "tests/unit/test_event_store.py::test_a_hole_is_an_error_never_skipped",
    ),
    Guard(
        "the read before a decision for nothing is believed",
        (FRESH_READ,),
        "tests/unit/test_event_store.py::test_a_decision_for_nothing_is_believed_only_after_a_read",
    ),
    Guard(
        "the manifest that stands is the one that counts",
        (ADOPT,),
        "tests/unit/test_planner.py::test_of_two_plans_at_once_for_one_name_both_get_the_winner",
    ),
    Guard("the report's invariant", (INVARIANT,), f"{PROTOCOL}test_a_report_over_missing_records_is_refused"),
)
