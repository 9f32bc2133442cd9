"""Who may do what: every policy, to the last action and resource."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from stacks.environment import Environment
from stacks.environments import ENVIRONMENTS
from tests.infra.synthesis import Stack, Synthesis, text

Grants = dict[str, set[str]]
PIPELINE = "tallygate-pipeline"
CONTENTS = dict.fromkeys(("vendor", "tallygate", "domain"), "0" * 64)
BUCKET = "arn:${{AWS::Partition}}:s3:::tallygate-{env}-batches-${{AWS::AccountId}}-${{AWS::Region}}"
OVERFLOW = "arn:${{AWS::Partition}}:s3:::tallygate-{env}-overflow-${{AWS::AccountId}}-${{AWS::Region}}"
TABLE = "arn:${{AWS::Partition}}:dynamodb:${{AWS::Region}}:${{AWS::AccountId}}:table/tallygate-{env}-"
WORK = "arn:${{AWS::Partition}}:lambda:${{AWS::Region}}:${{AWS::AccountId}}:function:tallygate-{env}-work"
OPEN = {"s3:GetObject", "s3:GetObjectVersion"}
PINNED = {"s3:GetObjectVersion"}
WRITE = {"s3:AbortMultipartUpload", "s3:PutObject"}
QUEUE = "the queue of chunks"
SENDS_CHUNKS = {"sqs:SendMessage"}
WORKS: dict[str, set[str]] = {
    f"{BUCKET}/*": PINNED,
    f"{BUCKET}/batches/*": WRITE,
    f"{TABLE}batches": {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"},
    f"{TABLE}events": {"dynamodb:PutItem", "dynamodb:Query"},
    f"{OVERFLOW}/*": {"s3:GetObject", "s3:PutObject"},
}
# By function: what it may do to what, beyond its own log and traces.
EXPECTED: dict[str, Grants] = {
    "plan": {
        f"{BUCKET}/*": OPEN,
        BUCKET: {"s3:ListBucket"},
        f"{BUCKET}/batches/*": WRITE,
        f"{TABLE}batches": {"dynamodb:GetItem", "dynamodb:PutItem"},
    },
    "work": WORKS,
    "work_queued": WORKS | {QUEUE: {"sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"}},
    "send": {
        f"{BUCKET}/batches/*": PINNED,
        f"{TABLE}batches": {"dynamodb:GetItem"},
        QUEUE: SENDS_CHUNKS,
    },
    "gatekeeper": {
        f"{BUCKET}/batches/*": PINNED,
        f"{TABLE}batches": {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"},
        WORK: {"lambda:InvokeFunction"},
        QUEUE: SENDS_CHUNKS | {"sqs:GetQueueAttributes"},
    },
    "report": {
        f"{BUCKET}/*": PINNED,
        f"{BUCKET}/batches/*": {"s3:GetObject"} | WRITE,
        f"{TABLE}batches": {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"},
        f"{TABLE}events": {"dynamodb:PutItem", "dynamodb:Query"},
    },
}

STREAM = "arn:${{AWS::Partition}}:kinesis:${{AWS::Region}}:${{AWS::AccountId}}:stream/tallygate-{env}-commits"
BUS = "arn:${{AWS::Partition}}:events:${{AWS::Region}}:${{AWS::AccountId}}:event-bus/tallygate-{env}-outbox"
ON_VIEWS = {"dynamodb:GetItem", "dynamodb:PutItem"}
PROJECTION: Grants = {
    STREAM: {
        "kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator",
        "kinesis:ListShards",
    },
    f"{TABLE}views": ON_VIEWS,
    f"{TABLE}events": {"dynamodb:Query"},
    f"{OVERFLOW}/*": {"s3:GetObject"},
}  # fmt: skip
SWEEP: Grants = {
    f"{TABLE}views": ON_VIEWS | {"dynamodb:BatchGetItem", "dynamodb:Query"},
    f"{TABLE}events": {"dynamodb:Query", "dynamodb:Scan"},
    f"{OVERFLOW}/*": {"s3:GetObject"},
}
SENDS: Grants = {BUS: {"events:PutEvents"}}
EVENTS_STREAM = "the stream of the events table"
# The same for the fan-out of the domain in `declaring`. All but sweeps may also send to their own dead letters.
FAN_OUT: dict[str, Grants] = {
    "relay": {
        EVENTS_STREAM: {
            "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams",
        },
        STREAM: {"kinesis:PutRecords"},
    },
    "project-fleet-1": PROJECTION,
    "project-routes_by_day-12": PROJECTION,
    "effect-departures": PROJECTION | SENDS,
    "sweep-fleet-1": SWEEP,
    "sweep-routes_by_day-12": SWEEP,
    "sweep-departures": SWEEP | SENDS,
}  # fmt: skip


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(stack: Stack, role: str) -> Iterable[dict[str, Any]]:
    for policy in stack.of_type("AWS::IAM::Policy").values():
        if {"Ref": role} in policy["Properties"]["Roles"]:
            yield from policy["Properties"]["PolicyDocument"]["Statement"]


def granted(stack: Stack, role: str, *, conditions: bool = False) -> Grants:
    """What a role may do, by resource; `conditions` takes statements that have one, too.

    What it may do with the key of the data: test_data_key.py.
    """
    found: Grants = defaultdict(set)
    for statement in statements(stack, role):
        if all(action.startswith("kms:") for action in listed(statement["Action"])):
            continue
        assert set(statement) - ({"Condition"} if conditions else set()) == {"Action", "Effect", "Resource"}
        assert statement["Effect"] == "Allow"
        for resource in listed(statement["Resource"]):
            found[text(resource)] |= set(listed(statement["Action"]))
    return dict(found)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_function_may_do_this_and_no_more(batch: Stack, environment: Environment, name: str) -> None:
    _, function = batch.one("AWS::Lambda::Function", FunctionName=f"tallygate-{environment.name}-{name}")
    log, _ = batch.one("AWS::Logs::LogGroup", LogGroupName=f"/aws/lambda/tallygate-{environment.name}-{name}")
    expected = {resource.format(env=environment.name): actions for resource, actions in EXPECTED[name].items()}
    expected[f"${{{log}.Arn}}"] = {"logs:CreateLogStream", "logs:PutLogEvents"}
    if environment.tracing:
        expected["*"] = {"xray:PutTelemetryRecords", "xray:PutTraceSegments"}
    queue, _ = batch.one("AWS::SQS::Queue", QueueName=f"tallygate-{environment.name}-chunks")
    found = granted(batch, function["Properties"]["Role"]["Fn::GetAtt"][0])
    assert {
        {f"${{{queue}.Arn}}": QUEUE}.get(resource, resource): actions for resource, actions in found.items()
    } == expected


@pytest.mark.parametrize("name", FAN_OUT)
def test_a_function_of_the_fan_out_may_do_this_and_no_more(fan_out: Stack, environment: Environment, name: str) -> None:
    _, function = fan_out.one("AWS::Lambda::Function", FunctionName=f"tallygate-{environment.name}-{name}")
    log, _ = fan_out.one("AWS::Logs::LogGroup", LogGroupName=f"/aws/lambda/tallygate-{environment.name}-{name}")
    found = granted(fan_out, function["Properties"]["Role"]["Fn::GetAtt"][0])
    known = {f"${{{events_stream(fan_out, environment)}}}": EVENTS_STREAM}
    expected = {resource.format(env=environment.name): actions for resource, actions in FAN_OUT[name].items()}
    expected[f"${{{log}.Arn}}"] = {"logs:CreateLogStream", "logs:PutLogEvents"}
    if environment.tracing:
        expected["*"] = {"xray:PutTelemetryRecords", "xray:PutTraceSegments"}
    if not name.startswith("sweep-"):
        queue, _ = fan_out.one("AWS::SQS::Queue", QueueName=f"tallygate-{environment.name}-{name}-dead-letters")
        expected[f"${{{queue}.Arn}}"] = {"sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage"}
    assert {known.get(resource, resource): actions for resource, actions in found.items()} == expected


def test_the_resolver_may_list_layers_and_delete_its_environments_versions(
    layers: Stack, environment: Environment
) -> None:
    name = f"tallygate-{environment.name}-latest_layer"
    function = layers.properties("AWS::Lambda::Function", FunctionName=name)
    log, _ = layers.one("AWS::Logs::LogGroup", LogGroupName=f"/aws/lambda/{name}")
    traces = {"xray:PutTelemetryRecords", "xray:PutTraceSegments"} if environment.tracing else set()
    ours = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:layer:"
    assert granted(layers, function["Role"]["Fn::GetAtt"][0]) == {
        f"${{{log}.Arn}}": {"logs:CreateLogStream", "logs:PutLogEvents"},
        "*": {"lambda:ListFunctions", "lambda:ListLayerVersions", "lambda:ListLayers"} | traces,
        f"{ours}tallygate-{environment.name}-*:*": {"lambda:DeleteLayerVersion"},
    }


def events_stream(fan_out: Stack, environment: Environment) -> str:
    """The parameter of the template that is the ARN of the events table's stream."""
    name = f"/tallygate/{environment.name}/events-stream"
    parameters: dict[str, Any] = fan_out.template["Parameters"]
    (found,) = [id for id, one in parameters.items() if one["Default"] == name]
    return found


def test_the_state_machine_may_do_this_and_no_more(batch: Stack, environment: Environment) -> None:
    id, machine = batch.one("AWS::StepFunctions::StateMachine")
    called = [f"tallygate-{environment.name}-{name}" for name in EXPECTED if name != "work_queued"]  # the queue does
    functions = [f"${{{batch.one('AWS::Lambda::Function', FunctionName=name)[0]}.Arn}}" for name in called]
    topic, _ = batch.one("AWS::SNS::Topic")
    run = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:" + f"${{${{{id}}} split at :, 6}}"
    delivery = {
        "CreateLogDelivery", "DeleteLogDelivery", "DescribeLogGroups", "DescribeResourcePolicies", "GetLogDelivery",
        "ListLogDeliveries", "PutResourcePolicy", "UpdateLogDelivery",
    }  # fmt: skip
    traces = {"GetSamplingRules", "GetSamplingTargets", "PutTelemetryRecords", "PutTraceSegments"}
    assert granted(batch, machine["Properties"]["RoleArn"]["Fn::GetAtt"][0]) == {
        **{arn: {"lambda:InvokeFunction"} for function in functions for arn in (function, f"{function}:*")},
        f"{BUCKET}/*".format(env=environment.name): {
            "s3:AbortMultipartUpload",
            "s3:GetObject",
            "s3:ListMultipartUploadParts",
            "s3:PutObject",
        },
        "*": {f"logs:{action}" for action in delivery} | {f"xray:{action}" for action in traces},
        f"${{{id}}}": {"states:StartExecution"},
        f"${{{topic}}}": {"sns:Publish"},
        "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/default": {"events:PutEvents"},
        f"{run}:*": {"states:DescribeExecution", "states:StopExecution"},
        f"{run}/*:*": {"states:RedriveExecution"},
    }


def test_no_policy_hides_in_a_role_and_none_is_left_over(layers: Stack, batch: Stack, fan_out: Stack) -> None:
    for stack, roles in ((layers, 1), (batch, len(EXPECTED) + 1), (fan_out, len(FAN_OUT))):
        assert all(set(role["Properties"]) == {"AssumeRolePolicyDocument", "Tags"} for role in _roles(stack).values())
        assert len(_roles(stack)) == roles
        assert all(len(policy["Properties"]["Roles"]) == 1 for policy in stack.of_type("AWS::IAM::Policy").values())


def test_no_action_is_a_pattern_and_none_deletes(synthesis: Synthesis, varied: Synthesis) -> None:
    # Of the pipeline's roles, which the CDK makes as it sees fit, tests/infra/test_pipeline.py tells each action.
    stacks = [stack for stack in (*synthesis.stacks.values(), *varied.stacks.values()) if stack.name != PIPELINE]
    actions = {
        action
        for stack in stacks
        for role in _roles(stack)
        for allowed in granted(stack, role, conditions=True).values()
        for action in allowed
    }
    assert [action for action in actions if "*" in action] == []
    # Step Functions makes and ends the delivery of its own log with one; a message that is done goes by the other.
    # Old versions of layers go by policy.
    deletes = {action for action in actions if "delete" in action.lower()}
    assert deletes == {"lambda:DeleteLayerVersion", "logs:DeleteLogDelivery", "sqs:DeleteMessage"}


def test_further_manifest_buckets_may_be_read_and_never_written() -> None:
    from aws_cdk import App, assertions

    from stacks.batch import BatchStack

    environment = replace(ENVIRONMENTS["dev"], manifest_buckets=("somebody-elses",))
    made = BatchStack(App(), environment=environment, contents=CONTENTS)
    stack = Stack(
        "batch", assertions.Template.from_stack(made).to_json(), termination_protection=False, dependencies=()
    )
    theirs = "arn:${AWS::Partition}:s3:::somebody-elses"
    for name, expected in {
        "plan": {theirs: {"s3:ListBucket"}, f"{theirs}/*": OPEN},
        "work": {f"{theirs}/*": PINNED},
        "gatekeeper": {},
        "work_queued": {f"{theirs}/*": PINNED},
        "report": {f"{theirs}/*": PINNED},
    }.items():
        function = stack.properties("AWS::Lambda::Function", FunctionName=f"tallygate-dev-{name}")
        found = granted(stack, function["Role"]["Fn::GetAtt"][0])
        assert {arn: actions for arn, actions in found.items() if arn.startswith(theirs)} == expected


def _roles(stack: Stack) -> dict[str, Any]:
    return stack.of_type("AWS::IAM::Role")
