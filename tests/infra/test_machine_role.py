"""The state machine's role, derived from the machine's definition: equal, no more and no less.

The emulator does not enforce this role; so what each state needs is told here, from AWS's documents, and compared.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.infra.synthesis import Stack, text
from tests.infra.test_permissions import Grants, granted

Need = tuple[str, set[str]]
SERVICE = "arn:${AWS::Partition}:states:::"


def needed(machine: Mapping[str, Any], own: str) -> Iterator[Need]:
    """Resource and actions, of each state. `own` is the machine's ARN."""
    for state in machine["States"].values():
        if state["Type"] == "Task":
            yield from task(state, own)
        if state["Type"] == "Map":
            yield from distributed_map(state, own)


def task(state: Mapping[str, Any], own: str) -> Iterator[Need]:
    """Developer guide, "How Step Functions generates IAM policies for integrated services", by service."""
    match state["Resource"].removeprefix(SERVICE), state.get("Parameters", {}):
        case "events:putEvents", {"Entries": entries}:
            for entry in entries:
                yield entry["EventBusName"], {"events:PutEvents"}
        case "sns:publish", {"TopicArn": topic}:
            yield topic, {"sns:Publish"}
        case "states:startExecution", {"StateMachineArn.$": "$$.StateMachine.Id"}:  # request and response: no more
            yield own, {"states:StartExecution"}
        case function, _ if function.startswith("${") and function.endswith(".Arn}"):
            yield function, {"lambda:InvokeFunction"}
            yield f"{function}:*", {"lambda:InvokeFunction"}  # versions: the CDK's `grant_invoke` always adds them
        case other, parameters:
            raise AssertionError(f"say here what a state needs that calls {other} with {parameters}")


def distributed_map(state: Mapping[str, Any], own: str) -> Iterator[Need]:
    """Developer guide, "IAM policies for Distributed Map states": children, reader, writer; a redrive of the run."""
    processor = state["ItemProcessor"]
    assert processor["ProcessorConfig"]["Mode"] == "DISTRIBUTED", "an inline map needs what its states need"
    execution = f"arn:${{AWS::Partition}}:states:${{AWS::Region}}:${{AWS::AccountId}}:execution:{name_in(own)}"
    yield own, {"states:StartExecution"}
    yield f"{execution}:*", {"states:DescribeExecution", "states:StopExecution"}
    yield f"{execution}/*:*", {"states:RedriveExecution"}
    if "ItemReader" in state:
        assert state["ItemReader"]["Resource"] == f"{SERVICE}s3:getObject"
        yield objects(state["ItemReader"]), {"s3:GetObject"}
    if "ResultWriter" in state:
        assert state["ResultWriter"]["Resource"] == f"{SERVICE}s3:putObject"
        parts = {"s3:ListMultipartUploadParts", "s3:AbortMultipartUpload"}
        yield objects(state["ResultWriter"]), {"s3:PutObject", "s3:GetObject", *parts}
    yield from needed(processor, own)


def objects(place: Mapping[str, Any]) -> str:
    return f"arn:${{AWS::Partition}}:s3:::{place['Parameters']['Bucket']}/*"


def name_in(arn: str) -> str:
    """The machine's name, as CloudFormation takes it out of the ARN."""
    return f"${{{arn} split at :, 6}}"


def of_the_machine(properties: Mapping[str, Any]) -> Iterator[Need]:
    """Log and traces, whose actions take no resource (developer guide: "Logging", "X-Ray tracing")."""
    if properties["LoggingConfiguration"]["Level"] != "OFF":
        actions = (
            "CreateLogDelivery", "GetLogDelivery", "UpdateLogDelivery", "DeleteLogDelivery", "ListLogDeliveries",
            "PutResourcePolicy", "DescribeResourcePolicies", "DescribeLogGroups",
        )  # fmt: skip
        yield "*", {f"logs:{action}" for action in actions}
    if properties["TracingConfiguration"]["Enabled"]:
        traces = ("PutTraceSegments", "PutTelemetryRecords", "GetSamplingRules", "GetSamplingTargets")
        yield "*", {f"xray:{action}" for action in traces}


def test_the_machine_may_do_what_its_states_do_and_no_more(batch: Stack, definition: Mapping[str, Any]) -> None:
    id, machine = batch.one("AWS::StepFunctions::StateMachine")
    wanted: Grants = defaultdict(set)
    for resource, actions in (*needed(definition, f"${{{id}}}"), *of_the_machine(machine["Properties"])):
        wanted[resource] |= actions
    assert granted(batch, machine["Properties"]["RoleArn"]["Fn::GetAtt"][0]) == dict(wanted)


def test_every_role_that_a_stack_has_is_somebodys(batch: Stack, fan_out: Stack) -> None:
    """A role that neither a function nor the machine assumes would be looked at by no test."""
    for stack in (batch, fan_out):
        functions = stack.of_type("AWS::Lambda::Function").values()
        machines = stack.of_type("AWS::StepFunctions::StateMachine").values()
        used = [text(one["Properties"]["Role"]) for one in functions]
        used += [text(one["Properties"]["RoleArn"]) for one in machines]
        assert sorted(used) == sorted(f"${{{role}.Arn}}" for role in stack.of_type("AWS::IAM::Role"))


def test_a_state_of_which_nothing_is_known_is_not_passed_over() -> None:
    unknown = {"States": {"New": {"Type": "Task", "Resource": f"{SERVICE}dynamodb:putItem", "Parameters": {}}}}
    with pytest.raises(AssertionError, match="dynamodb:putItem"):
        list(needed(unknown, "arn"))
