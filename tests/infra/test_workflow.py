"""The state machine, state by state, as Step Functions will read it."""

from collections.abc import Mapping
from typing import Any

from stacks.environment import Environment
from tests.infra.asl import problems
from tests.infra.synthesis import Stack, text

Definition = Mapping[str, Any]
HISTORY_LIMIT = 25_000
EVENTS_PER_ATTEMPT = 3  # scheduled, started, failed
BUCKET = "tallygate-{env}-batches-${{AWS::AccountId}}-${{AWS::Region}}"
SERVICE = [
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
]
TRANSIENT = {
    "ErrorEquals": [
        *SERVICE,
        "Lambda.Unknown",
        "Runtime.ExitError",
        "Sandbox.Timedout",
        "Unavailable",
        "OutcomeUnknown",
        "Contended",
    ],
    "IntervalSeconds": 2,
    "BackoffRate": 2,
    "MaxDelaySeconds": 60,
    "MaxAttempts": 12,
    "JitterStrategy": "FULL",
}
NOT_TAKEN = {
    "ErrorEquals": SERVICE,
    "IntervalSeconds": 1,
    "BackoffRate": 2,
    "MaxAttempts": 3,
    "JitterStrategy": "FULL",
}


def state(definition: Definition, name: str) -> dict[str, Any]:
    """A state, without the comment that people read."""
    return {field: value for field, value in definition["States"][name].items() if field != "Comment"}


def function(batch: Stack, environment: Environment, name: str) -> str:
    id, _ = batch.one("AWS::Lambda::Function", FunctionName=f"tallygate-{environment.name}-{name}")
    return f"${{{id}.Arn}}"


def test_it_is_valid_in_the_states_language(definition: Definition) -> None:
    assert problems(definition) == []


def test_its_state_names_tell_the_story(definition: Definition) -> None:
    assert definition["StartAt"] == "Plan"
    assert set(definition["States"]) == {
        "Plan", "Explain bad input", "Bad input", "What next?", "Dry run", "Dispatch", "Send", "Gatekeeper",
        "ForceGatekeeper", "Continue", "Continued", "Report", "Announce", "Notify", "Complete?", "Complete", "Partial",
        "Cancelled", "Incomplete",
    }  # fmt: skip
    assert set(definition["States"]["Dispatch"]["ItemProcessor"]["States"]) == {"Work"}


def test_it_is_a_standard_machine_whose_log_holds_no_data(batch: Stack, environment: Environment) -> None:
    machine = batch.properties("AWS::StepFunctions::StateMachine")
    name = f"/aws/vendedlogs/states/tallygate-{environment.name}-batch"
    log, group = batch.one("AWS::Logs::LogGroup", LogGroupName=name)
    destination = {"CloudWatchLogsLogGroup": {"LogGroupArn": {"Fn::GetAtt": [log, "Arn"]}}}
    assert machine["StateMachineName"] == f"tallygate-{environment.name}-batch"
    assert machine["StateMachineType"] == "STANDARD"
    assert machine["TracingConfiguration"] == {"Enabled": True}
    assert machine["LoggingConfiguration"] == {
        "Destinations": [destination],
        "IncludeExecutionData": False,
        "Level": "ALL",
    }
    assert group["Properties"]["RetentionInDays"] == environment.log_retention_days
    assert group["DeletionPolicy"] == ("Retain" if environment.retain_data else "Delete")


def test_plan_gets_the_input_whole_and_only_bad_input_is_explained(
    definition: Definition, batch: Stack, environment: Environment
) -> None:
    assert state(definition, "Plan") == {
        "Type": "Task",
        "Resource": function(batch, environment, "plan"),
        "Parameters": {
            "input.$": "$",
            "execution": {"name.$": "$$.Execution.Name", "started.$": "$$.Execution.StartTime"},
        },
        "Retry": [TRANSIENT],
        "Catch": [{"ErrorEquals": ["BadInput"], "Next": "Explain bad input"}],
        "Next": "What next?",
    }


def test_what_comes_next_is_what_the_plan_says(definition: Definition) -> None:
    choice = state(definition, "What next?")
    assert {one["StringEquals"]: one["Next"] for one in choice["Choices"]} == {
        "map": "Dispatch",
        "queue": "Send",
        "force": "ForceGatekeeper",
        "dry_run": "Dry run",
    }
    assert {one["Variable"] for one in choice["Choices"]} == {"$.next"}
    assert choice["Default"] == "Gatekeeper"


def test_send_fills_the_queue_and_whatever_becomes_of_it_is_the_gatekeepers_care(
    definition: Definition, batch: Stack, environment: Environment
) -> None:
    assert state(definition, "Send") == {
        "Type": "Task",
        "Resource": function(batch, environment, "send"),
        "ResultPath": None,
        "Retry": [TRANSIENT],
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.dispatch_error", "Next": "Gatekeeper"}],
        "Next": "Gatekeeper",
    }


def test_a_full_history_goes_on_as_one_new_execution(definition: Definition) -> None:
    going_on = state(definition, "Continue")
    assert going_on["Resource"] == "arn:${AWS::Partition}:states:::states:startExecution"
    assert going_on["Parameters"] == {
        "StateMachineArn.$": "$$.StateMachine.Id",
        "Name.$": "States.Format('continued-{}', States.Hash($$.Execution.Id, 'SHA-1'))",
        "Input": {
            "continue.$": "$.batch",
            "generation.$": "$.generation",
            "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID.$": "$$.Execution.Id",
        },
    }
    (started_before,) = going_on["Catch"]
    assert started_before["ErrorEquals"] == ["StepFunctions.ExecutionAlreadyExistsException"]
    assert started_before["Next"] == going_on["Next"] == "Continued"


def test_bad_input_fails_with_the_functions_own_message(definition: Definition) -> None:
    assert state(definition, "Explain bad input") == {
        "Type": "Pass",
        "Parameters": {"problem.$": "States.StringToJson($.Cause)"},
        "Next": "Bad input",
    }
    assert state(definition, "Bad input") == {
        "Type": "Fail",
        "Error": "BadInput",
        "CausePath": "$.problem.errorMessage",
    }


def test_dispatch_is_a_distributed_map_over_the_chunk_index(definition: Definition, environment: Environment) -> None:
    dispatch = state(definition, "Dispatch")
    del dispatch["ItemProcessor"]
    bucket = BUCKET.format(env=environment.name)
    assert dispatch == {
        "Type": "Map",
        "ItemReader": {
            "Resource": "arn:${AWS::Partition}:states:::s3:getObject",
            "ReaderConfig": {"InputType": "JSON"},
            "Parameters": {"Bucket": bucket, "Key.$": "$.index.key"},
        },
        "ItemSelector": {"batch.$": "$.batch", "generation.$": "$.generation", "chunk.$": "$$.Map.Item.Value"},
        "MaxConcurrencyPath": "$.concurrency",
        "ToleratedFailurePercentage": 100,
        # Without a writer, results of more than 256 KiB fail the map although they are discarded.
        "ResultWriter": {
            "Resource": "arn:${AWS::Partition}:states:::s3:putObject",
            "Parameters": {"Bucket": bucket, "Prefix": "batches/map-runs/"},
        },
        "ResultPath": None,
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.dispatch_error", "Next": "Gatekeeper"}],
        "Next": "Gatekeeper",
    }


def test_its_children_are_express_and_end_before_they_are_killed(
    definition: Definition, batch: Stack, environment: Environment
) -> None:
    processor = definition["States"]["Dispatch"]["ItemProcessor"]
    assert processor["ProcessorConfig"] == {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}
    assert processor["StartAt"] == "Work"
    assert state(processor, "Work") == {
        "Type": "Task",
        "Resource": function(batch, environment, "work"),
        "TimeoutSeconds": environment.worker_timeout_seconds + 10,
        "Retry": [NOT_TAKEN],
        "End": True,
    }
    assert environment.worker_timeout_seconds + 10 < 300


def test_the_gatekeeper_waits_while_not_ready_and_is_forced_at_the_deadline_only(
    definition: Definition, batch: Stack, environment: Environment
) -> None:
    gatekeeper = state(definition, "Gatekeeper")
    not_ready = {
        "ErrorEquals": ["NotReadyError"],
        "IntervalSeconds": 2,
        "BackoffRate": 1.5,
        "MaxDelaySeconds": 30,
        "JitterStrategy": "FULL",
        "MaxAttempts": environment.not_ready_attempts,
    }
    force_incomplete = {
        "ErrorEquals": ["ForceIncomplete"],
        "IntervalSeconds": 1,
        "BackoffRate": 1.5,
        "MaxDelaySeconds": 10,
        "MaxAttempts": 1000,
    }
    assert gatekeeper == {
        "Type": "Task",
        "Resource": function(batch, environment, "gatekeeper"),
        "ResultPath": "$.gatekeeper",
        "Retry": [not_ready, force_incomplete, TRANSIENT],
        "Catch": [
            {"ErrorEquals": ["NotReadyError"], "ResultPath": "$.not_ready", "Next": "Continue"},
            {"ErrorEquals": ["DeadlinePassed"], "ResultPath": "$.not_ready", "Next": "ForceGatekeeper"},
        ],
        "Next": "Report",
    }


def test_force_adds_one_field_and_asks_again(definition: Definition) -> None:
    assert state(definition, "ForceGatekeeper") == {
        "Type": "Pass",
        "Result": True,
        "ResultPath": "$.force",
        "Next": "Gatekeeper",
    }


def test_all_polls_fit_into_one_executions_history(definition: Definition) -> None:
    retries = [rule["MaxAttempts"] for rule in definition["States"]["Gatekeeper"]["Retry"]]
    # The transient ones count anew after the force; a few states come before and after.
    assert EVENTS_PER_ATTEMPT * (sum(retries) + retries[-1]) + 100 < HISTORY_LIMIT


def test_the_report_says_how_it_ends(definition: Definition, batch: Stack, environment: Environment) -> None:
    assert state(definition, "Report") == {
        "Type": "Task",
        "Resource": function(batch, environment, "report"),
        "Retry": [TRANSIENT],
        "Next": "Announce",
    }
    assert [state(definition, name)["Next"] for name in ("Announce", "Notify")] == ["Notify", "Complete?"]
    assert state(definition, "Complete?") == {
        "Type": "Choice",
        "Choices": [
            {"Variable": "$.status", "StringEquals": "complete", "Next": "Complete"},
            {"Variable": "$.status", "StringEquals": "cancelled", "Next": "Cancelled"},
            {"Variable": "$.on_incomplete", "StringEquals": "fail", "Next": "Incomplete"},
        ],
        "Default": "Partial",
    }
    assert state(definition, "Complete") == state(definition, "Partial") == {"Type": "Succeed"}


def test_the_report_is_told_to_machines_and_to_people(definition: Definition, batch: Stack) -> None:
    announce, notify = state(definition, "Announce"), state(definition, "Notify")
    (entry,) = announce["Parameters"]["Entries"]
    assert entry | {"EventBusName": ""} == {
        "Detail.$": "$",
        "DetailType": "Batch reported",
        "EventBusName": "",
        "Source": "tallygate.batch",
    }
    assert text(entry["EventBusName"]).endswith(":event-bus/default")
    topic, _ = batch.one("AWS::SNS::Topic")
    assert notify["Parameters"] == {
        "TopicArn": f"${{{topic}}}",
        "Message.$": "States.JsonToString($)",
        "Subject.$": "States.Format('Tallygate batch: {}', $.status)",
    }
    assert announce["ResultPath"] is notify["ResultPath"] is None


def test_an_incomplete_batch_fails_with_its_counts_where_it_was_asked_to(definition: Definition) -> None:
    counts = "'{} of {} items are ok, {} failed, {} were abandoned', $.ok, $.items, $.failed, $.abandoned"
    assert state(definition, "Incomplete") == {
        "Type": "Fail",
        "Error": "Incomplete",
        "CausePath": f"States.Format({counts})",
    }


def test_every_state_that_does_something_says_what(definition: Definition) -> None:
    doing = [one for one in definition["States"].values() if one["Type"] in ("Task", "Map", "Pass")]
    assert all(one.get("Comment") for one in doing)


def test_the_definition_reads_as_text(batch: Stack) -> None:
    definition = text(batch.properties("AWS::StepFunctions::StateMachine")["DefinitionString"])
    assert len(definition.encode()) < 1_048_576
