"""Every function, to the last property."""

from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from stacks.environment import Environment
from tallygate import settings
from tests.infra.synthesis import ROOT, Stack, text


@dataclass(frozen=True)
class Expected:
    """What a function must be."""

    settings: type[Any]
    timeout_seconds: int | None = None
    memory_mb: int | None = None
    layers: tuple[str, ...] = ("tallygate", "vendor")


WITH_DOMAIN = ("domain", "tallygate", "vendor")
EXPECTED = {
    "plan": Expected(settings.PlanSettings, timeout_seconds=900, layers=WITH_DOMAIN),
    "work": Expected(settings.WorkSettings, layers=WITH_DOMAIN),
    "gatekeeper": Expected(settings.GatekeeperSettings, timeout_seconds=60, memory_mb=256),
    "report": Expected(settings.ReportSettings, timeout_seconds=900, memory_mb=256),
    "send": Expected(settings.SendSettings, timeout_seconds=300, memory_mb=256),
    "work_queued": Expected(settings.WorkSettings, layers=WITH_DOMAIN),
}
FAN_OUT = {"relay", "project", "effect", "sweep"}  # their properties: test_fan_out.py
ELSEWHERE = {"use_latest"}  # test_use_latest.py
DEPLOYING = {"latest_layer"}  # its properties: test_layers.py
functions = pytest.mark.parametrize("name", EXPECTED)


def properties(batch: Stack, name: str, environment: Environment) -> dict[str, Any]:
    return batch.properties("AWS::Lambda::Function", FunctionName=f"tallygate-{environment.name}-{name}")


def test_there_is_one_function_for_each_folder(batch: Stack) -> None:
    assert len(batch.of_type("AWS::Lambda::Function")) == len(EXPECTED)
    folders = {handler.parent.name for handler in (ROOT / "lambdas").glob("*/handler.py")}
    assert folders == set(EXPECTED) | FAN_OUT | DEPLOYING | ELSEWHERE


@functions
def test_it_runs_as_the_environment_says(batch: Stack, environment: Environment, name: str) -> None:
    function, expected = properties(batch, name, environment), EXPECTED[name]
    workers = dict.fromkeys(("work", "work_queued"), environment.worker_memory_mb)
    memory = {"plan": environment.plan_memory_mb, **workers}
    assert function["Runtime"] == f"python{environment.python}"
    assert function["Architectures"] == [environment.architecture]
    assert function["Handler"] == "handler.handler"
    assert function["MemorySize"] == memory.get(name, expected.memory_mb)
    assert function["Timeout"] == (expected.timeout_seconds or environment.worker_timeout_seconds)
    assert function.get("TracingConfig") == ({"Mode": "Active"} if environment.tracing else None)
    storage = {"Size": environment.plan_storage_mb} if name == "plan" else None
    assert function.get("EphemeralStorage") == storage
    assert set(function) - {"TracingConfig", "EphemeralStorage"} == {
        "Architectures", "Code", "Environment", "FunctionName", "Handler", "Layers", "LoggingConfig", "MemorySize",
        "Role", "Runtime", "Timeout",
    }  # fmt: skip


def test_the_worker_has_256_mb(batch: Stack, environment: Environment) -> None:
    assert properties(batch, "work", environment)["MemorySize"] == 256


@functions
def test_its_layers_are_resolved_by_their_names(batch: Stack, environment: Environment, name: str) -> None:
    layers = batch.layers_of(properties(batch, name, environment))
    assert layers == [f"tallygate-{environment.name}-{layer}" for layer in EXPECTED[name].layers]


@functions
def test_its_variables_are_those_that_its_code_reads(batch: Stack, environment: Environment, name: str) -> None:
    prefix = f"tallygate-{environment.name}"
    values = {
        "batches_table": f"{prefix}-batches",
        "batches_bucket": f"{prefix}-batches-${{AWS::AccountId}}-${{AWS::Region}}",
        "events_table": f"{prefix}-events",
        "events_epoch": str(environment.epoch),
        "overflow_bucket": f"{prefix}-overflow-${{AWS::AccountId}}-${{AWS::Region}}",
        "lease_seconds": str(environment.lease_seconds),
        "worker_memory_mb": str(environment.worker_memory_mb),
        "plan_memory_mb": str(environment.plan_memory_mb),
        "plan_storage_mb": str(environment.plan_storage_mb),
        "queue_concurrency": str(environment.queue_concurrency),
        "queue_url": f"${{{batch.one('AWS::SQS::Queue', QueueName=f'{prefix}-chunks')[0]}}}",
        "worker_function": f"{prefix}-work",
    }
    common = {
        "POWERTOOLS_SERVICE_NAME": name,
        "POWERTOOLS_METRICS_NAMESPACE": f"Tallygate/{environment.name}",
        "POWERTOOLS_LOG_LEVEL": "INFO",
        "POWERTOOLS_TRACE_DISABLED": "false" if environment.tracing else "true",
        "TALLYGATE_ENVIRONMENT": environment.name,
    }
    read = {field.name.upper(): values[field.name] for field in msgspec.structs.fields(EXPECTED[name].settings)}
    variables = properties(batch, name, environment)["Environment"]["Variables"]
    assert {variable: text(value) for variable, value in variables.items()} == common | read


@functions
def test_its_log_is_kept_as_long_as_the_environment_says(batch: Stack, environment: Environment, name: str) -> None:
    log, group = batch.one("AWS::Logs::LogGroup", LogGroupName=f"/aws/lambda/tallygate-{environment.name}-{name}")
    assert properties(batch, name, environment)["LoggingConfig"] == {"LogFormat": "JSON", "LogGroup": {"Ref": log}}
    assert group["Properties"]["RetentionInDays"] == environment.log_retention_days
    assert group["DeletionPolicy"] == ("Retain" if environment.retain_data else "Delete")


@functions
def test_it_has_a_role_of_its_own(batch: Stack, environment: Environment, name: str) -> None:
    role = properties(batch, name, environment)["Role"]["Fn::GetAtt"][0]
    others = [properties(batch, other, environment)["Role"]["Fn::GetAtt"][0] for other in EXPECTED if other != name]
    assert role not in others
    trust = {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}
    found = batch.of_type("AWS::IAM::Role")[role]["Properties"]
    assert set(found) == {"AssumeRolePolicyDocument", "Tags"}
    assert found["AssumeRolePolicyDocument"] == {"Statement": [trust], "Version": "2012-10-17"}


def test_the_worker_alone_is_not_retried_by_the_platform(batch: Stack, environment: Environment) -> None:
    work, _ = batch.one("AWS::Lambda::Function", FunctionName=f"tallygate-{environment.name}-work")
    assert batch.properties("AWS::Lambda::EventInvokeConfig") == {
        "FunctionName": {"Ref": work},
        "MaximumRetryAttempts": 0,
        "Qualifier": "$LATEST",
    }
