"""What functions load when they start: counted, so that a heavy import is seen on any machine.

How long it takes is `make bench-import`'s to tell. Functions are those of the templates, whoever has added them.
"""

import pytest

from bench.imports.deployed import DeployedFunction, functions, templates
from tests.infra.starts import ROOT, Start, started, starts
from tests.infra.synthesis import Synthesis

# Beyond what the bare runtime has, traces included; 8 modules are about 3 ms.
MOST_MODULES = 300
# Heavy, and of no use to a function. (sqlite3: the X-Ray SDK patches whatever it finds, unless it is told what.)
NEVER = {
    "aws_cdk", "cryptography", "hypothesis", "jsonschema", "moto", "multiprocessing", "numpy", "pydantic", "pytest",
    "requests", "sqlite3", "unittest", "yaml",
}  # fmt: skip
# Of which services a function makes clients before anything is asked of it. Whoever always needs one makes it then,
# while Lambda gives a whole processor; the others make it when it is first needed.
CLIENTS = {
    "effect": {"dynamodb", "events"},
    "gatekeeper": {"dynamodb"},
    "plan": {"dynamodb", "s3"},
    "project": {"dynamodb"},
    "relay": {"kinesis"},
    "report": {"dynamodb"},
    "send": {"dynamodb", "s3", "sqs"},
    "work": {"dynamodb", "s3"},
    "work_queued": {"dynamodb", "s3"},
}

Starts = dict[str, tuple[DeployedFunction, Start]]


@pytest.fixture(scope="module")
def started_functions(synthesis: Synthesis) -> Starts:
    """One function of each folder, by the folder's name: where several have the same code, one stands for all."""
    by_code = {
        (ROOT / "lambdas" / path.parent.name / "handler.py").read_text(): path.parent.name
        for path in (ROOT / "lambdas").glob("*/handler.py")
    }
    found: dict[str, DeployedFunction] = {}
    for function in functions(templates(synthesis.folder)):
        code = synthesis.code(function.code) / f"{function.handler}.py"
        found.setdefault(by_code[code.read_text()], function)  # of dev: its name is the first in the alphabet
    wanted = [
        started(synthesis.code(function.code), function.handler, function.variables) for function in found.values()
    ]
    return dict(zip(found, zip(found.values(), starts(wanted), strict=True), strict=True))


def test_every_handler_is_of_a_function(started_functions: Starts) -> None:
    assert set(started_functions) == {path.parent.name for path in (ROOT / "lambdas").glob("*/handler.py")}


def test_no_function_sets_pythonpath(started_functions: Starts) -> None:
    """Lambda's runtime puts /opt/python before the packages that it brings, but not where this variable is set."""
    assert [function.name for function, _ in started_functions.values() if "PYTHONPATH" in function.variables] == []


def test_no_function_loads_what_it_does_not_need(started_functions: Starts) -> None:
    heavy = {name: sorted(NEVER & start.modules) for name, (_, start) in started_functions.items()}
    assert {name: found for name, found in heavy.items() if found} == {}


def test_no_function_loads_more_than_so_many_modules(started_functions: Starts) -> None:
    counts = {name: len(start.modules) for name, (_, start) in started_functions.items()}
    assert {name: count for name, count in counts.items() if count > MOST_MODULES} == {}


def test_functions_make_the_clients_that_they_always_need(started_functions: Starts) -> None:
    made = {name: set(start.clients) for name, (_, start) in started_functions.items() if name in CLIENTS}
    assert made == {name: clients for name, clients in CLIENTS.items() if name in started_functions}


def test_none_makes_a_client_twice(started_functions: Starts) -> None:
    assert [
        name for name, (_, start) in started_functions.items() if len(set(start.clients)) < len(start.clients)
    ] == []


def test_processes_restored_from_one_snapshot_share_no_jitter_and_no_id(started_functions: Starts) -> None:
    """Where a function starts from a snapshot, copies of one process run beside each other."""
    for name, (_, start) in started_functions.items():
        (one_jitter, one_id), (other_jitter, other_id) = start.copies
        assert one_jitter != other_jitter, f"{name} registers no hook with Lambda's runtime (tallygate/restored.py)"
        assert one_id != other_id
