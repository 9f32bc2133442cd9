"""Dashboard and alarms look at nothing that isn't told; every alarm leads to its runbook, and to the topic."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from stacks.constructs.call_alarms import OPERATIONS
from stacks.constructs.saved_queries import QUERIES
from stacks.environment import Environment
from stacks.environments import ENVIRONMENTS
from tests.infra.synthesis import ROOT, STACKS, Stack, Synthesis, text
from tests.infra.watching import Seen, alarms, of_alarms, of_dashboard, widgets
from tests.observability.handlers import BATCH, Told

PAGE = ROOT / "docs" / "observability.md"
# Source: the metrics pages of each service's guide. By namespace: what one metric has for dimensions.
AWS: dict[str, dict[tuple[str, ...], set[str]]] = {
    "AWS/Lambda": {
        ("FunctionName",): {"ConcurrentExecutions", "Duration", "Errors", "IteratorAge", "Throttles"},
    },
    "AWS/SQS": {("QueueName",): {"ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesVisible"}},
    "AWS/DynamoDB": {("TableName",): {"ReadThrottleEvents", "WriteThrottleEvents"}},
    "AWS/Kinesis": {("StreamName",): {"ReadProvisionedThroughputExceeded", "WriteProvisionedThroughputExceeded"}},
    "AWS/States": {
        ("StateMachineArn",): {
            "ExecutionsAborted", "ExecutionsFailed", "ExecutionsStarted", "ExecutionsSucceeded", "ExecutionsTimedOut",
        },
    },
}  # fmt: skip
# Told only of trouble, which one run of all handlers doesn't have: tests/observability/test_observed.py makes it, and
# tests/unit/relay/test_handler.py.
OF_TROUBLE: dict[str, set[tuple[str, ...]]] = {
    "CallsRetried": {("operation",), ()},
    "CallsThrottled": {("operation",), ()},
    "CallsUnanswered": {("operation",), ()},
    "CommandsContended": {()},
    "CommandsOverloaded": {()},
    "CommitsChanged": {("service",)},
    "OutcomesUnknown": {()},
    "StreamsCorrupt": {()},
}


def everything(synthesis: Synthesis, environment: Environment) -> list[Stack]:
    return [synthesis.stack(environment.name, name) for name in STACKS]


def seen(synthesis: Synthesis, environment: Environment) -> Iterator[Seen]:
    stacks = everything(synthesis, environment)
    for stack in stacks:
        yield from of_alarms(stack)
    yield from of_dashboard(stacks[-1])


def functions(synthesis: Synthesis, environment: Environment) -> dict[str, dict[str, Any]]:
    found = [
        one["Properties"]
        for stack in everything(synthesis, environment)
        for one in stack.of_type("AWS::Lambda::Function").values()
    ]
    prefix = f"tallygate-{environment.name}-"
    return {str(one["FunctionName"]).removeprefix(prefix): one for one in found if "FunctionName" in one}


def folder(function: str) -> str:
    return function.partition("-")[0]


def test_it_looks_at_nothing_that_is_not_told(synthesis: Synthesis, environment: Environment, told: Told) -> None:
    own, all_functions = told.metrics(), functions(synthesis, environment)
    namespace = f"Tallygate/{environment.name}"
    filters = {
        (one["MetricNamespace"], one["MetricName"])
        for each in synthesis.stack(environment.name, "observability").of_type("AWS::Logs::MetricFilter").values()
        for one in each["Properties"]["MetricTransformations"]
    }
    looked_at = list(seen(synthesis, environment))
    assert len(looked_at) > 150
    for one in looked_at:
        keys, values = tuple(name for name, _ in one.dimensions), dict(one.dimensions)
        if one.namespace.startswith("AWS/"):
            assert one.name in AWS[one.namespace].get(keys, ()), one
        elif one.namespace != namespace:
            assert (one.namespace, one.name) in filters, one
            assert one.namespace.removeprefix(f"{namespace}/") in all_functions, one
        elif "service" in values:
            assert values["service"] in all_functions, one
            assert keys in OF_TROUBLE.get(one.name, ()) or (folder(values["service"]), one.name, keys) in own, one
        else:
            assert keys in OF_TROUBLE.get(one.name, set()) | {keys for _, name, keys in own if name == one.name}, one
            assert values.get("operation", "*") in {"*", *told.operations()}, one


def test_functions_queues_tables_are_there(synthesis: Synthesis, environment: Environment) -> None:
    names = {"FunctionName": "Lambda::Function", "QueueName": "SQS::Queue", "TableName": "DynamoDB::Table"}
    there = {
        name: {
            one["Properties"].get(name)
            for stack in everything(synthesis, environment)
            for one in stack.of_type(f"AWS::{resource}").values()
        }
        for name, resource in names.items()
    }
    for one in seen(synthesis, environment):
        for name, value in one.dimensions:
            if name in there:
                assert value in there[name], one


def test_every_function_is_watched_and_its_report_made_metrics(synthesis: Synthesis, environment: Environment) -> None:
    observability, prefix = synthesis.stack(environment.name, "observability"), f"tallygate-{environment.name}-"
    rings = {one["AlarmName"].removeprefix(prefix): one for one in alarms(observability)}
    filters = [one["Properties"] for one in observability.of_type("AWS::Logs::MetricFilter").values()]
    for name, function in functions(synthesis, environment).items():
        assert rings[f"{name}-memory"]["Threshold"] == 0.85 * function["MemorySize"]
        assert rings[f"{name}-timeouts"]["Threshold"] == (function["Timeout"] - 1) * 1000
        assert f"{name}-throttles" in rings
        assert (f"{name}-errors" in rings) == (folder(name) not in ("gatekeeper", "plan", "sweep"))
        assert function["LoggingConfig"]["LogFormat"] == "JSON"
        (used,) = [
            one
            for one in filters
            if one["LogGroupName"] == f"/aws/lambda/{prefix}{name}" and one["FilterName"] == "MemoryUsedMB"
        ]
        field = "$.record.metrics.maxMemoryUsedMB"
        assert used["FilterPattern"] == f'{{ $.type = "platform.report" && {field} > 0 }}'
        assert used["MetricTransformations"] == [
            {
                "MetricNamespace": f"Tallygate/{environment.name}/{name}",
                "MetricName": "MemoryUsedMB",
                "MetricValue": field,
                "Unit": "Megabytes",
            }
        ]


def test_every_alarm_tells_the_topic_what_to_do_first(synthesis: Synthesis, environment: Environment) -> None:
    found = alarms(*everything(synthesis, environment))
    topic = f"arn:${{AWS::Partition}}:sns:${{AWS::Region}}:${{AWS::AccountId}}:tallygate-{environment.name}-alarms"
    for one in found:
        says = one["AlarmDescription"]
        assert " First: " in says
        assert len(says) <= 1024
        trouble = says.rpartition("#")[2]
        assert says.endswith(f" Runbook: {environment.runbooks}#{trouble}")
        assert one["AlarmName"].endswith(f"-{trouble}")
        assert [text(arn) for arn in one["AlarmActions"]] == [text(arn) for arn in one["OKActions"]] == [topic]
    names = [one["AlarmName"] for one in found]
    assert len(set(names)) == len(names)


def test_every_alarm_has_a_runbook_and_every_runbook_an_alarm(varied: Synthesis, synthesis: Synthesis) -> None:
    environments = [ENVIRONMENTS[name] for name in ("local", "prod")]
    troubles = {
        one["AlarmDescription"].rpartition("#")[2]
        for made in (synthesis, varied)
        for environment in environments
        for one in alarms(*everything(made, environment))
    }
    page = PAGE.read_text()
    runbooks = page.partition("## Runbooks")[2].partition("\n## ")[0]
    assert set(re.findall(r"^### (\S+)$", runbooks, re.MULTILINE)) == troubles
    for section in re.split(r"^### ", runbooks, flags=re.MULTILINE)[1:]:
        for word in ("Symptom", "First look", "Mend", "Worry"):
            assert f"**{word}.**" in section, section.partition("\n")[0]


def test_alarms_watch_operations_that_the_functions_call(told: Told) -> None:
    assert set(OPERATIONS) <= told.operations()


def test_the_slowest_of_few_calls_do_not_ring(observability: Stack, environment: Environment) -> None:
    """Of ten calls a single cold one is the p95."""
    for operation in OPERATIONS:
        name = f"tallygate-{environment.name}-{operation}-slow-calls"
        rings = observability.properties("AWS::CloudWatch::Alarm", AlarmName=name)
        assert (rings["ExtendedStatistic"], rings["Threshold"], rings["Period"]) == ("p95", 500, 300)
        assert (rings["EvaluationPeriods"], rings["DatapointsToAlarm"]) == (5, 3)
        assert rings["EvaluateLowSampleCountPercentile"] == "ignore"


def test_the_topic_is_encrypted_and_cloudwatch_may_tell_it(observability: Stack, environment: Environment) -> None:
    topic, policies = observability.properties("AWS::SNS::Topic"), [("AWS::SNS::TopicPolicy", "PolicyDocument")]
    key, _ = observability.one("AWS::KMS::Key")
    assert topic["KmsMasterKeyId"] == {"Fn::GetAtt": [key, "Arn"]}
    policies += [("AWS::KMS::Key", "KeyPolicy")]
    allowed = [
        one
        for kind, field in policies
        for one in observability.properties(kind)[field]["Statement"]
        if one["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    ]
    actions: list[Any] = ["sns:Publish", ["kms:Decrypt", "kms:GenerateDataKey"]]
    assert [one["Action"] for one in allowed] == actions[: len(policies)]
    ours = f"alarm:tallygate-{environment.name}-*"
    source = f"arn:${{AWS::Partition}}:cloudwatch:${{AWS::Region}}:${{AWS::AccountId}}:{ours}"
    for one in allowed:
        assert one["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
        assert text(one["Condition"]["ArnLike"]["aws:SourceArn"]) == source


def test_saved_queries_are_over_the_logs_of_all_functions(synthesis: Synthesis, environment: Environment) -> None:
    found = synthesis.stack(environment.name, "observability").of_type("AWS::Logs::QueryDefinition")
    prefix = f"tallygate-{environment.name}-"
    logs = {f"/aws/lambda/{prefix}{name}" for name in functions(synthesis, environment)}
    assert {one["Properties"]["Name"] for one in found.values()} == {
        f"tallygate/{environment.name}/{q}" for q in QUERIES
    }
    assert all(set(one["Properties"]["LogGroupNames"]) == logs for one in found.values())


def test_the_dashboard_is_within_cloudwatchs_limits(observability: Stack) -> None:
    found = widgets(observability)
    assert len(found) <= 500
    rows = [len(widget["properties"].get("metrics", [])) for widget in found]
    assert max(rows) <= 500
    assert sum(rows) <= 2500


def test_one_correlation_is_in_the_logs_from_the_command_to_the_projection(told: Told) -> None:
    def said(folder: str, message: str) -> list[str]:
        return [json.dumps(one, default=str) for one in told.logged[folder] if one["msg"] == message]

    for folder, message in (("relay", "relayed"), ("project", "applied"), ("effect", "applied")):
        assert any(f'"{BATCH}"' in line for line in said(folder, message)), folder


@pytest.mark.parametrize("name", ["dev"])
def test_what_the_metrics_cost_is_in_the_documents(synthesis: Synthesis, told: Told, name: str) -> None:
    """As many as are told all month long: those of trouble come on top, when there is some."""
    names = functions(synthesis, ENVIRONMENTS[name])
    by_service = [of for of, _, keys in told.metrics() if keys == ("service",)]
    own = sum(by_service.count(folder(function)) for function in names)
    store = {metric for _, metric, keys in told.metrics() if keys == ()}
    reported, rings = 3 * len(names), len(alarms(*everything(synthesis, ENVIRONMENTS[name])))
    metrics = own + len(store) + len(told.operations()) + reported
    print(f"{own} by service, {len(told.operations())} of calls, {len(store)} of the store, {reported} reported")
    assert f"{metrics} custom metrics, {rings} alarms" in PAGE.read_text()
