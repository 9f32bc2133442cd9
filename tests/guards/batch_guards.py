"""The guards of the batch."""

from tests.guards.guard import Cut, Guard

BATCH = "layers/tallygate/batch"
PROTOCOL = "tests/unit/batch/test_batch_protocol.py::"
PLANNER = "tests/unit/batch/test_planner.py::"
GENERATIONS = "tests/unit/batch/test_generations.py::"
POISON = "tests/unit/batch/test_poison.py::"
LATE = f"{PROTOCOL}test_a_late_worker_loses_to_the_force_and_the_count_stays_exact"
KILLER = f"{POISON}test_a_killer_fails_after_three_deaths_on_it_and_all_others_are_ok"
SIMULATION = "tests/simulation/test_batch.py::test_every_invariant_holds_in_every_run[0]"

ABANDON = Cut(f"{BATCH}/gatekeeper.py", "self._records.put_chunk(manifest, self._abandoned(chunk, attempt))", "pass")
MY_OWN_RECORD = Cut(f"{BATCH}/work/chunk_worker.py", "if standing.attempt == attempt.id else", "if False else")
ADOPT = Cut(
    f"{BATCH}/plan/planner.py",
    "            standing = self._records.put_manifest(ours)\n",
    "            standing = ours; self._records.put_manifest(ours)\n",
)
INVARIANT = Cut(f"{BATCH}/reporter.py", "        _check(manifest, records, tally)\n", "")
EVERY_ID_ONCE = Cut(f"{BATCH}/plan/manifest_reading.py", "self._duplicates.add(found.ids)", "pass")
PINNED = Cut(
    f"{BATCH}/s3_objects.py",
    'version = {"VersionId": source.version} if source.version else {}',
    "version: dict[str, str] = {}",
)
OVERWRITE = Cut(
    f"{BATCH}/memory.py",
    "self._records.setdefault((manifest.batch, manifest.generation, name), record)",
    "self._records.update({(manifest.batch, manifest.generation, name): record}) or record",
)
SINCE = Cut(
    f"{BATCH}/work/chunk_worker.py",
    "Context(manifest.batch, item.id, manifest.since,",
    "Context(manifest.batch, item.id, manifest.started,",
)
BY_GENERATION = Cut(
    f"{BATCH}/work/chunk_worker.py",
    "Context(manifest.batch, item.id,",
    'Context(f"{manifest.batch}/g{manifest.generation}", item.id,',
)
ANNOUNCED = Cut(f"{BATCH}/work/chunk_attempt.py", "if self.left.careful and not self._announce(window):", "if False:")
STRUCK = Cut(f"{BATCH}/work/handover.py", "kills = _struck(self.kills, suspects, most=most)", "kills = self.kills")
NO_DEATH = Cut(f"{BATCH}/work/chunk_worker.py", " and before.attempt != attempt", "")
AS_PLANNED = Cut(f"{BATCH}/work/chunk_items.py", "if len(self._starts) != chunk.items:", "if False:")
ALL_THAT_IS_LEFT = Cut(f"{BATCH}/plan/planner.py", "if made.items != expected:", "if False:")
NOT_WHEN_CANCELLED = Cut(f"{BATCH}/gatekeeper.py", "sent = 0 if self._records.cancellation(manifest) else ", "sent = ")

BATCH_GUARDS = (
    Guard(
        "the competing put of ABANDONED",
        (ABANDON,),
        LATE,
        shows="0 of 1 chunks are recorded, ok 0 + failed 0 + abandoned 0, items 4",
    ),
    Guard(
        "the competing put of ABANDONED and the report's invariant",
        (ABANDON, INVARIANT),
        LATE,
        shows="'won'",  # after the report was written
    ),
    Guard(
        "the competing put of ABANDONED and the report's invariant, in the simulation",
        (ABANDON, INVARIANT),
        SIMULATION,
        shows="records that say",
    ),
    Guard("a record is written once", (OVERWRITE,), SIMULATION, shows="') was "),
    Guard("the time of an item's first try, in the simulation", (SINCE,), SIMULATION, shows="took effect 2 times"),
    Guard(
        "the time of an item's first try",
        (SINCE,),
        f"{GENERATIONS}test_items_keep_the_time_and_the_key_of_their_first_generation",
        shows="2026, 11, 22, 12, 1",
    ),
    Guard("the key of an item's effect", (BY_GENERATION,), SIMULATION, shows="took effect 2 times"),
    Guard(
        "the report's invariant",
        (INVARIANT,),
        f"{PROTOCOL}test_a_report_over_missing_records_is_refused",
        shows="DID NOT RAISE InvariantBroken",
    ),
    Guard(
        "the attempt's id in a chunk record",
        (MY_OWN_RECORD,),
        f"{PROTOCOL}test_a_batch_whose_chunks_are_all_done_is_complete",
        shows="'lost'",
    ),
    Guard(
        "the manifest that stands is the one that counts",
        (ADOPT,),
        f"{PLANNER}test_of_two_plans_at_once_for_one_name_both_get_the_winner",
        shows="assert 3 == 4",
    ),
    Guard(
        "every id once in a manifest",
        (EVERY_ID_ONCE,),
        f"{PLANNER}test_a_bad_manifest_names_the_line_and_leaves_nothing",
        shows="DID NOT RAISE BadInput",
    ),
    Guard(
        "the pinned version of the manifest",
        (PINNED,),
        "tests/contract/test_object_store.py::test_a_version_stays_what_it_was_when_the_object_is_overwritten[moto]",
        shows="b'something else'",
    ),
    Guard("items are announced after a death", (ANNOUNCED,), KILLER, shows="no record after 100 attempts"),
    Guard("a death on an announced item is a strike", (STRUCK,), KILLER, shows="no record after 100 attempts"),
    Guard(
        "a lost answer is no death",
        (NO_DEATH,),
        f"{POISON}test_a_lease_whose_first_answer_was_lost_is_no_death",
        shows="True) == (<Attempt.WON: 'won'>, False)",
    ),
    Guard(
        "bytes that are not what was planned",
        (AS_PLANNED,),
        "tests/unit/batch/test_chunk_worker.py::test_bytes_that_are_not_what_was_planned_are_refused",
        shows="DID NOT RAISE InvariantBroken",
    ),
    Guard(
        "a redrive has all that is left, and no more",
        (ALL_THAT_IS_LEFT,),
        f"{GENERATIONS}test_a_manifest_of_what_is_left_that_was_tampered_with_is_refused",
        shows="DID NOT RAISE InvariantBroken",
    ),
    Guard(
        "nothing is dispatched after a cancel",
        (NOT_WHEN_CANCELLED,),
        f"{GENERATIONS}test_a_cancelled_batch_is_not_dispatched_and_what_is_missing_is_abandoned",
        shows="2 dispatched again",
    ),
)
