"""What an execution's input may ask for: a new batch, or something about one that exists."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from tallygate.batch.errors import BadInput
from tallygate.batch.plan import input_fields as fields
from tallygate.batch.plan.names import MAX_GENERATION
from tallygate.batch.plan.request import RUNNING, BatchRequest, checked_fields, one_of_the_workers
from tallygate.batch.worker import Worker


class Redrive(msgspec.Struct, frozen=True):
    """Work once more on what failed or was abandoned.

    Parameters
    ----------
    batch : str
    changes : mapping
        Parameters that differ from those of the generation before.
    """

    batch: str
    changes: Mapping[str, Any]


class Cancel(msgspec.Struct, frozen=True):
    """Abandon what is missing, now."""

    batch: str


class Continue(msgspec.Struct, frozen=True):
    """Go on waiting for a generation, in place of an execution whose history is full."""

    batch: str
    generation: int


Asked = BatchRequest | Redrive | Cancel | Continue

VERBS = ("manifest", "redrive", "cancel", "continue")
# Step Functions adds it where one execution starts another, and shows the link in its console.
STARTED_BY = "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID"


def asked(raw: object, workers: Sequence[Worker]) -> Asked:
    """What the input asks for.

    Raises
    ------
    BadInput
        It asks for nothing or for two things, or a field of it is wrong.
    """
    if not isinstance(raw, Mapping):
        raise BadInput(
            f'the input is {fields.json_type(raw)}, expected an object: {{"manifest": "s3://bucket/key.csv"}}'
        )
    given = {field: value for field, value in raw.items() if field != STARTED_BY}
    verbs = [verb for verb in VERBS if verb in given]
    if len(verbs) > 1:
        raise BadInput(f'the input has "{verbs[0]}" and "{verbs[1]}": leave out one of them')
    match verbs:
        case ["redrive"]:
            return _redrive(given, workers)
        case ["cancel"]:
            return Cancel(checked_fields(given, {"cancel": fields.name})["cancel"])
        case ["continue"]:
            return _continue(given)
        case _:
            return BatchRequest.parse(given, workers)


def _redrive(given: Mapping[str, Any], workers: Sequence[Worker]) -> Redrive:
    checked = checked_fields(given, {"redrive": fields.name, **RUNNING})
    one_of_the_workers(checked, workers)
    return Redrive(checked.pop("redrive"), checked)


def _continue(given: Mapping[str, Any]) -> Continue:
    checked = checked_fields(given, {"continue": fields.name, "generation": fields.whole(0, MAX_GENERATION)})
    if "generation" not in checked:
        raise BadInput('the input has "continue" but no "generation": the machine itself starts such executions')
    return Continue(checked["continue"], checked["generation"])
