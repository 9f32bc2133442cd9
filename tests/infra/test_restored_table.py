"""An environment that uses a restored events table: every part of it, and the stack's own table stays as it was."""

import json
from dataclasses import replace

import pytest

from stacks.environment import BadEnvironment, Environment
from stacks.environments import ENVIRONMENTS
from stacks.events_in_use import EventsInUse
from tests.infra.synthesis import Stack, Synthesis, synthesize, text

RESTORED = "tallygate-dev-events-2"
FIRST = "tallygate-dev-events"
# The real app, its environment dev after a restore.
PROGRAM = f"""
from dataclasses import replace
from stacks.environments import ENVIRONMENTS
ENVIRONMENTS["dev"] = replace(ENVIRONMENTS["dev"], epoch=2, restored_table="{RESTORED}")
import app
app.main()
"""


@pytest.fixture(scope="module")
def restored(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    folder = tmp_path_factory.mktemp("restored") / "cdk.out"
    return synthesize(folder, program=("-c", PROGRAM), context={"env": "dev"})


def test_the_stateful_stack_is_not_touched(restored: Synthesis, synthesis: Synthesis) -> None:
    assert restored.stack("dev", "events").template == synthesis.stack("dev", "events").template


def test_no_other_stack_knows_the_table_that_was_lost(restored: Synthesis) -> None:
    for name, stack in restored.stacks.items():
        if not name.endswith("-events"):
            told = json.dumps(stack.template).replace(RESTORED, "")
            assert f'"{FIRST}"' not in told, f"{name} still names {FIRST}"
            assert f"table/{FIRST}" not in told, f"{name} still has rights on {FIRST}"
            assert '/events-stream"' not in told, f"{name} still asks for the stream of {FIRST}"


def functions(stack: Stack) -> dict[str, dict[str, str]]:
    found = (one["Properties"] for one in stack.of_type("AWS::Lambda::Function").values())
    return {one["FunctionName"]: one.get("Environment", {}).get("Variables", {}) for one in found}


def test_every_function_uses_the_restored_table_in_its_epoch(restored: Synthesis) -> None:
    settings = [one for stack in restored.stacks.values() for one in functions(stack).values() if "EVENTS_TABLE" in one]
    assert len(settings) >= 8
    assert {(one["EVENTS_TABLE"], one["EVENTS_EPOCH"]) for one in settings} == {(RESTORED, "2")}


def test_the_relay_reads_the_stream_that_the_restore_wrote_down(restored: Synthesis) -> None:
    fan_out = restored.stack("dev", "fan-out")
    defaults = {name: one.get("Default") for name, one in fan_out.template["Parameters"].items()}
    (parameter,) = [name for name, value in defaults.items() if value == f"/tallygate/dev/events-stream/{RESTORED}"]
    sources = [
        text(one["Properties"]["EventSourceArn"]) for one in fan_out.of_type("AWS::Lambda::EventSourceMapping").values()
    ]
    assert f"${{{parameter}}}" in sources


def test_without_a_restore_the_table_is_the_stack_s() -> None:
    environment = ENVIRONMENTS["prod"]
    assert EventsInUse(environment).table == "tallygate-prod-events"
    assert EventsInUse(environment).stream_parameter == "/tallygate/prod/events-stream"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"restored_table": RESTORED}, "restored_table is 'tallygate-dev-events-2', expected empty with epoch 1"),
        ({"restored_table": "a b", "epoch": 2}, "restored_table is 'a b', expected the name of a table"),
        (
            {"restored_table": FIRST, "epoch": 2},
            "restored_table is 'tallygate-dev-events', expected another table than the stack's own",
        ),
    ],
)
def test_what_can_t_be_a_restored_table_is_refused(fields: dict[str, object], message: str) -> None:
    with pytest.raises(BadEnvironment, match=message):
        replace(Environment(name="dev"), **fields)  # type: ignore[arg-type]
