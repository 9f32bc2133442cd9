"""The AWS commands of the runbook in docs/restore.md: AWS knows them, and they find what they are said to find."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import botocore.session
import jmespath  # type: ignore[import-untyped]
import pytest
from botocore import xform_name

from tests.docs.test_documents import ROOT

TYPED = re.compile(r"^ *\$ aws (.+)$", re.MULTILINE)
OF_THE_CLI = ("query", "output")  # of every command


@dataclass(frozen=True)
class Command:
    """A command as the document has it."""

    service: str
    operation: str
    options: dict[str, str]

    @classmethod
    def of(cls, line: str) -> "Command":
        service, operation, *words = shlex.split(line)
        options: dict[str, str] = {}
        for word in words:
            if word.startswith("--"):
                options[word.removeprefix("--")] = ""
            else:
                options[list(options)[-1]] = word
        return cls(service, operation, options)


def commands() -> Iterator[Command]:
    yield from map(Command.of, TYPED.findall(Path(ROOT, "docs/restore.md").read_text()))


def test_they_are_there() -> None:
    assert [one.operation for one in commands()] == [
        "put-function-concurrency",
        "list-event-source-mappings",
        "update-event-source-mapping",
        "get-event-source-mapping",
        "update-event-source-mapping",
        "delete-function-concurrency",
    ]


@pytest.mark.parametrize("command", list(commands()), ids=lambda one: " ".join((one.operation, *one.options)))
def test_aws_knows_it(command: Command) -> None:
    """Operation, options and their types, by the model that the CLI makes its commands of."""
    model: Any = botocore.session.get_session().get_service_model(command.service)
    names = {xform_name(name, "-"): name for name in model.operation_names}
    shape = model.operation_model(names[command.operation]).input_shape
    takes = {xform_name(name, "-"): (name, member) for name, member in shape.members.items()}
    given = set()
    for option in command.options.keys() - set(OF_THE_CLI):
        name, member = takes[option] if option in takes else takes[option.removeprefix("no-")]
        assert (member.type_name == "boolean") == (command.options[option] == ""), option
        given.add(name)
    assert set(shape.required_members) <= given


def test_the_query_finds_what_feeds_work_queued_and_nothing_else() -> None:
    """With and without an alias in its ARN: where functions start from snapshots, that one is fed."""
    (query,) = [one.options["query"] for one in commands() if one.operation == "list-event-source-mappings"]
    arn = "arn:aws:lambda:eu-central-1:111122223333:function:tallygate-"
    functions = (
        "prod-work_queued",
        "prod-work_queued:live",
        "prod-work",
        "prod-relay",
        "test-work_queued",
        "prod-project-fleet-1",
    )
    answer = {"EventSourceMappings": [{"UUID": name, "FunctionArn": f"{arn}{name}"} for name in functions]}
    assert jmespath.search(query, answer) == ["prod-work_queued", "prod-work_queued:live"]
