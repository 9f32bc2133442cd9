"""What all queues, topics, buckets, logs and policies have in common, found in the templates and not in a list."""

from collections.abc import Iterator
from typing import Any

from stacks.environment import Environment
from stacks.environments import ENVIRONMENTS
from tests.infra.synthesis import Stack, Synthesis, text
from tests.infra.test_permissions import listed, statements

# By type: its policy's type, and how that names what it is for.
POLICIES = {
    "AWS::S3::Bucket": ("AWS::S3::BucketPolicy", "Bucket"),
    "AWS::SQS::Queue": ("AWS::SQS::QueuePolicy", "Queues"),
    "AWS::SNS::Topic": ("AWS::SNS::TopicPolicy", "Topics"),
}
# What may be asked of everything, because its actions take no resource (or, of SSM and logs, none that exists before).
UNBOUND = ("logs:", "xray:", "lambda:ListFunctions", "lambda:ListLayers", "lambda:ListLayerVersions")


def own(synthesis: Synthesis, environment: str) -> Iterator[Stack]:
    yield from (stack for name, stack in synthesis.stacks.items() if name.startswith(f"tallygate-{environment}-"))


def refusals(stack: Stack, kind: str) -> set[str]:
    """The logical ids of those of a type that refuse plain http for everybody, whatever is asked."""
    policy, names = POLICIES[kind]
    return {
        reference["Ref"]
        for one in stack.of_type(policy).values()
        for reference in listed(one["Properties"][names])
        for statement in one["Properties"]["PolicyDocument"]["Statement"]
        if refuses_plain_http(statement)
    }


def refuses_plain_http(statement: dict[str, Any]) -> bool:
    everybody = statement["Principal"] in ("*", {"AWS": "*"})
    plain = statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
    return statement["Effect"] == "Deny" and everybody and plain


def test_plain_http_is_refused_by_all_that_can_where_the_environment_says_so(
    synthesis: Synthesis, varied: Synthesis, environment: Environment
) -> None:
    found = {
        (stack.name, id): id in refusals(stack, kind)
        for one in (synthesis, varied)
        for stack in own(one, environment.name)
        for kind in POLICIES
        for id in stack.of_type(kind)
    }
    assert len(found) >= 9
    assert {who for who, refuses in found.items() if refuses != environment.tls_only} == set()


def test_only_the_emulator_takes_plain_http() -> None:
    assert [name for name, one in ENVIRONMENTS.items() if not one.tls_only] == ["local"]


def test_no_bucket_is_public(synthesis: Synthesis, varied: Synthesis, environment: Environment) -> None:
    closed = dict.fromkeys(("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True)
    buckets = [
        bucket["Properties"]["PublicAccessBlockConfiguration"]
        for one in (synthesis, varied)
        for stack in own(one, environment.name)
        for bucket in stack.of_type("AWS::S3::Bucket").values()
    ]
    assert buckets
    assert [bucket for bucket in buckets if bucket != closed] == []


def test_every_function_and_machine_has_a_log_of_ours_which_ends(
    synthesis: Synthesis, varied: Synthesis, environment: Environment
) -> None:
    for one in (synthesis, varied):
        for stack in own(one, environment.name):
            groups = stack.of_type("AWS::Logs::LogGroup")
            kept = {group["Properties"]["RetentionInDays"] for group in groups.values()}
            assert kept <= {environment.log_retention_days}
            for id, function in stack.of_type("AWS::Lambda::Function").items():
                assert function["Properties"]["LoggingConfig"]["LogGroup"]["Ref"] in groups, id


def test_only_what_takes_no_resource_is_permitted_on_all(
    synthesis: Synthesis, varied: Synthesis, environment: Environment
) -> None:
    found = {
        action
        for one in (synthesis, varied)
        for stack in own(one, environment.name)
        for role in stack.of_type("AWS::IAM::Role")
        for statement in statements(stack, role)
        if "*" in map(text, listed(statement["Resource"]))
        for action in listed(statement["Action"])
    }
    assert {action for action in found if not action.startswith(UNBOUND)} == set()


def test_nobody_logs_what_a_function_is_given(synthesis: Synthesis, environment: Environment) -> None:
    """Powertools would, with this variable; and a machine with this setting."""
    for stack in own(synthesis, environment.name):
        for function in stack.of_type("AWS::Lambda::Function").values():
            assert "POWERTOOLS_LOGGER_LOG_EVENT" not in function["Properties"]["Environment"]["Variables"]
        for machine in stack.of_type("AWS::StepFunctions::StateMachine").values():
            assert machine["Properties"]["LoggingConfiguration"]["IncludeExecutionData"] is False
