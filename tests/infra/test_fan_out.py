"""The fan-out of a domain that declares consumers: what feeds them, where they give up, that none touches another."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from stacks.environment import Environment
from tallygate.events.items import SNAPSHOT_SORT_KEY
from tests.infra.synthesis import ROOT, Stack, Synthesis, shown, text

CONSUMERS = {"fleet-1": "project", "routes_by_day-12": "project", "departures": "effect"}
FED = ["relay", *(f"{kind}-{id}" for id, kind in CONSUMERS.items())]
SWEEPS = [f"sweep-{id}" for id in CONSUMERS]
consumers = pytest.mark.parametrize(("id", "kind"), CONSUMERS.items())
fed = pytest.mark.parametrize("name", FED)
sweeps = pytest.mark.parametrize("name", SWEEPS)


def function(fan_out: Stack, environment: Environment, name: str) -> tuple[str, dict[str, Any]]:
    id, found = fan_out.one("AWS::Lambda::Function", FunctionName=f"tallygate-{environment.name}-{name}")
    return id, found["Properties"]


def mapping(fan_out: Stack, environment: Environment, name: str) -> dict[str, Any]:
    id, _ = function(fan_out, environment, name)
    return fan_out.properties("AWS::Lambda::EventSourceMapping", FunctionName={"Ref": id})


def queue(fan_out: Stack, environment: Environment, name: str) -> str:
    return fan_out.one("AWS::SQS::Queue", QueueName=f"tallygate-{environment.name}-{name}-dead-letters")[0]


def test_there_is_what_the_domain_declares_and_no_more(fan_out: Stack, environment: Environment) -> None:
    names = {one["Properties"]["FunctionName"] for one in fan_out.of_type("AWS::Lambda::Function").values()}
    assert names == {f"tallygate-{environment.name}-{name}" for name in (*FED, *SWEEPS)}
    assert len(fan_out.of_type("AWS::Lambda::EventSourceMapping")) == len(fan_out.of_type("AWS::SQS::Queue")) == 4
    for kind in ("AWS::Kinesis::Stream", "AWS::Events::EventBus", "AWS::DynamoDB::Table"):
        assert len(fan_out.of_type(kind)) == 1


def test_the_samples_consumers_each_have_a_feed_and_a_sweep(synthesis: Synthesis, environment: Environment) -> None:
    stack = synthesis.stack(environment.name, "fan-out")
    sweeps = stack.of_type("AWS::Lambda::EventInvokeConfig")
    assert len(stack.of_type("AWS::Lambda::EventSourceMapping")) == 1 + len(sweeps)


def test_the_stream_of_commits_is_exactly_this(fan_out: Stack, environment: Environment) -> None:
    shards = {"ShardCount": environment.shards} if environment.shards else {}
    expected = shards | {
        "Name": f"tallygate-{environment.name}-commits",
        "RetentionPeriodHours": environment.kinesis_retention_hours,
        "StreamEncryption": {"EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"},
        "StreamModeDetails": {"StreamMode": "PROVISIONED" if environment.shards else "ON_DEMAND"},
    }
    assert shown(fan_out.properties("AWS::Kinesis::Stream"), environment) == shown(expected, environment)


def test_it_is_on_demand_but_for_the_emulator(varied: Synthesis) -> None:
    modes = {
        name: varied.stack(name, "fan-out").properties("AWS::Kinesis::Stream")["StreamModeDetails"]["StreamMode"]
        for name in ("local", "dev", "test", "prod")
    }
    assert modes == {"local": "PROVISIONED", "dev": "ON_DEMAND", "test": "ON_DEMAND", "prod": "ON_DEMAND"}


def test_the_relay_is_fed_from_the_tables_stream(fan_out: Stack, environment: Environment) -> None:
    found = dict(mapping(fan_out, environment, "relay"))
    parameter = found.pop("EventSourceArn")["Ref"]
    assert fan_out.template["Parameters"][parameter] == {
        "Type": "AWS::SSM::Parameter::Value<String>",
        "Default": f"/tallygate/{environment.name}/events-stream",
    }
    commits, changed = (json.loads(each["Pattern"]) for each in found.pop("FilterCriteria")["Filters"])
    assert commits == {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"commit_id": {"S": [{"exists": True}]}}}}
    assert changed == {
        "eventName": ["MODIFY", "REMOVE"],
        "dynamodb": {"Keys": {"sk": {"N": [{"anything-but": [SNAPSHOT_SORT_KEY]}]}}},
    }
    assert found == feed(fan_out, environment, "relay") | {
        "BatchSize": 100,
        "ParallelizationFactor": 1,
        "MaximumRecordAgeInSeconds": 23 * 3600,  # and no limit of attempts
    }


@consumers
def test_a_consumer_is_fed_from_kinesis(fan_out: Stack, environment: Environment, id: str, kind: str) -> None:
    name, (stream, _) = f"{kind}-{id}", fan_out.one("AWS::Kinesis::Stream")
    found = dict(mapping(fan_out, environment, name))
    (only,) = found.pop("FilterCriteria")["Filters"]
    assert json.loads(only["Pattern"]) == {"data": {"stream": [{"prefix": "aircraft-"}]}}
    assert found == feed(fan_out, environment, name) | {
        "EventSourceArn": {"Fn::GetAtt": [stream, "Arn"]},
        "BatchSize": 500,
        "ParallelizationFactor": 1,
        "MaximumRetryAttempts": 10,
        "MaximumRecordAgeInSeconds": environment.consumer_max_age_hours * 3600,
    }


def feed(fan_out: Stack, environment: Environment, name: str) -> dict[str, Any]:
    """What relay and consumers have in common. No batching window: a commit waits for nothing."""
    id, _ = function(fan_out, environment, name)
    dead_letters = {"Fn::GetAtt": [queue(fan_out, environment, name), "Arn"]}
    return {
        "FunctionName": {"Ref": id},
        "StartingPosition": "TRIM_HORIZON",
        "BisectBatchOnFunctionError": True,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "DestinationConfig": {"OnFailure": {"Destination": dead_letters}},
    }


@fed
def test_what_it_gives_up_is_kept_for_two_weeks(fan_out: Stack, environment: Environment, name: str) -> None:
    dead_letters = f"tallygate-{environment.name}-{name}-dead-letters"
    expected = {
        "QueueName": dead_letters,
        "MessageRetentionPeriod": 14 * 24 * 3600,
        "SqsManagedSseEnabled": True,
    }
    found = fan_out.properties("AWS::SQS::Queue", QueueName=dead_letters)
    assert shown(found, environment) == shown(expected, environment)


@fed
def test_its_dead_letters_refuse_plain_http_where_the_environment_says_so(
    fan_out: Stack, environment: Environment, name: str
) -> None:
    if not environment.tls_only:
        assert fan_out.of_type("AWS::SQS::QueuePolicy") == {}
        return
    id = queue(fan_out, environment, name)
    policy = fan_out.properties("AWS::SQS::QueuePolicy", Queues=[{"Ref": id}])
    assert policy["PolicyDocument"]["Statement"] == [
        {
            "Action": "sqs:*",
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Resource": {"Fn::GetAtt": [id, "Arn"]},
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ]


@consumers
def test_consumer_and_sweep_know_what_they_need(fan_out: Stack, environment: Environment, id: str, kind: str) -> None:
    prefix = f"tallygate-{environment.name}"
    common = {
        "VIEWS_TABLE": f"{prefix}-views",
        "EVENTS_TABLE": f"{prefix}-events",
        "EVENTS_EPOCH": str(environment.epoch),
        "OVERFLOW_BUCKET": f"{prefix}-overflow-${{AWS::AccountId}}-${{AWS::Region}}",
        "CONSUMER": id,
    }
    common |= {"EVENT_BUS": f"{prefix}-outbox"} if kind == "effect" else {}
    assert variables(fan_out, environment, f"{kind}-{id}") == common
    budget = {"SWEEP_READ_UNITS": str(environment.sweep_read_units)}
    assert variables(fan_out, environment, f"sweep-{id}") == common | budget


def test_the_relay_knows_its_stream(fan_out: Stack, environment: Environment) -> None:
    assert variables(fan_out, environment, "relay") == {"COMMIT_STREAM": f"tallygate-{environment.name}-commits"}


def test_the_bus_has_the_name_that_effects_are_told(fan_out: Stack, environment: Environment) -> None:
    assert fan_out.properties("AWS::Events::EventBus")["Name"] == f"tallygate-{environment.name}-outbox"


def variables(fan_out: Stack, environment: Environment, name: str) -> dict[str, str]:
    """A function's variables beyond those that all have; it is known to its metrics by its own name."""
    _, found = function(fan_out, environment, name)
    every = {variable: text(value) for variable, value in found["Environment"]["Variables"].items()}
    assert every["POWERTOOLS_SERVICE_NAME"] == name
    assert every["POWERTOOLS_METRICS_NAMESPACE"] == f"Tallygate/{environment.name}"
    return {name: value for name, value in every.items() if not name.startswith(("POWERTOOLS_", "TALLYGATE_"))}


@pytest.mark.parametrize("name", [*FED, *SWEEPS])
def test_a_function_is_made_of_this(fan_out: Stack, environment: Environment, name: str) -> None:
    _, found = function(fan_out, environment, name)
    layers = [layer.rpartition("-")[2] for layer in fan_out.layers_of(found)]
    assert layers == (["tallygate", "vendor"] if name == "relay" else ["domain", "tallygate", "vendor"])
    assert found["Timeout"] == (240 if name in SWEEPS else 60)
    assert found["MemorySize"] == (256 if name == "relay" else environment.consumer_memory_mb)
    assert "ReservedConcurrentExecutions" not in found


@pytest.mark.parametrize("name", [*FED, *SWEEPS])
def test_its_code_is_its_kinds(varied: Synthesis, name: str) -> None:
    code = varied.code(varied.assets()[f"tallygate-dev-{name}"])
    assert (code / "handler.py").read_bytes() == (ROOT / f"lambdas/{name.partition('-')[0]}/handler.py").read_bytes()


@pytest.mark.parametrize("name", [*FED, *SWEEPS])
def test_the_log_of_a_consumer_goes_with_it_because_it_may_come_back(
    fan_out: Stack, environment: Environment, name: str
) -> None:
    _, log = fan_out.one("AWS::Logs::LogGroup", LogGroupName=f"/aws/lambda/tallygate-{environment.name}-{name}")
    keep = name == "relay" and environment.retain_data
    assert log["DeletionPolicy"] == ("Retain" if keep else "Delete")


@sweeps
def test_a_sweep_has_a_schedule_of_its_own_and_is_not_repeated(
    fan_out: Stack, environment: Environment, name: str
) -> None:
    id, _ = function(fan_out, environment, name)
    once = fan_out.properties("AWS::Lambda::EventInvokeConfig", FunctionName={"Ref": id})
    assert once["MaximumRetryAttempts"] == 0
    if not environment.sweep_minutes:
        assert fan_out.of_type("AWS::Events::Rule") == {}
        return
    rule = fan_out.properties("AWS::Events::Rule", Name=f"tallygate-{environment.name}-{name}")
    assert (rule["ScheduleExpression"], rule["State"]) == ("rate(5 minutes)", "ENABLED")
    (target,) = rule["Targets"]
    assert target["Arn"] == {"Fn::GetAtt": [id, "Arn"]}
    assert target["RetryPolicy"] == {"MaximumRetryAttempts": 0}


def test_only_the_emulator_has_no_schedules(varied: Synthesis) -> None:
    rules = {
        name: len(varied.stack(name, "fan-out").of_type("AWS::Events::Rule"))
        for name in ("local", "dev", "test", "prod")
    }
    assert rules == {"local": 0, "dev": 3, "test": 3, "prod": 3}


def test_no_function_touches_what_is_anothers(fan_out: Stack) -> None:
    """Without stream and layers all of them share nothing: each function stands in a group of resources of its own."""
    shared = {id for kind in ("AWS::Kinesis::Stream", "Custom::LatestLayerVersion") for id in fan_out.of_type(kind)}
    shared |= set(fan_out.template["Parameters"])
    groups = {id: {id} for id in fan_out.template["Resources"] if id not in shared}
    for id, resource in fan_out.template["Resources"].items():
        for other in set(_references(resource)) & set(groups) if id in groups else ():
            groups[id] |= groups[other]
            for member in groups[other]:
                groups[member] = groups[id]
    functions = fan_out.of_type("AWS::Lambda::Function")
    for id in functions:
        assert groups[id] & set(functions) == {id}
        kinds = [fan_out.template["Resources"][member]["Type"] for member in groups[id]]
        assert kinds.count("AWS::IAM::Role") == kinds.count("AWS::Logs::LogGroup") == 1


def _references(value: Any) -> Iterator[str]:
    """The logical ids that a resource names, wherever."""
    if isinstance(value, dict):
        for name, inside in value.items():
            if name == "Ref":
                yield inside
            elif name == "Fn::GetAtt":
                yield inside[0]
            elif name == "DependsOn":
                yield from [inside] if isinstance(inside, str) else inside
            else:
                yield from _references(inside)
    elif isinstance(value, list):
        for part in value:
            yield from _references(part)
