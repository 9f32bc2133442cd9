"""What the smoke test may do in an environment: start its own batch, and read what has become of it."""

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam

from stacks.constructs.key_use import key_statements
from stacks.environment import Environment
from stacks.events_in_use import EventsInUse
from stacks.names import Names

MANIFESTS = "manifests/smoke"


def smoke_permissions(stack: Stack, *, environment: Environment) -> list[iam.PolicyStatement]:
    """Exact actions; reading and writing for the streams, the batches and the manifests of smoke tests only.

    What it starts the machine with no policy can say: it may start any batch of this environment.

    Parameters
    ----------
    stack : Stack
        Gives account, Region and partition of the ARNs.
    """
    names = Names(environment.name)
    manifests = f"{names.batches_bucket}/{MANIFESTS}/*"
    events, batches = (
        stack.format_arn(service="dynamodb", resource="table", resource_name=table)
        for table in (EventsInUse(environment).table, names.batches_table)
    )
    statements = [
        iam.PolicyStatement(
            actions=["s3:PutObject"],
            resources=[stack.format_arn(service="s3", region="", account="", resource=manifests)],
        ),
        iam.PolicyStatement(actions=["states:StartExecution"], resources=[_machine(stack, "stateMachine", names)]),
        iam.PolicyStatement(
            actions=["states:DescribeExecution", "states:GetExecutionHistory"],
            resources=[f"{_machine(stack, 'execution', names)}:smoke-*"],
        ),
        iam.PolicyStatement(actions=["dynamodb:DescribeTable"], resources=[batches]),
        _read(events, "smoke-*", "dynamodb:Query"),
        _read(batches, "batch#smoke-*", "dynamodb:GetItem", "dynamodb:Query"),
    ]
    return [*statements, *_use_key(stack, names, statements)] if environment.encryption == "customer" else statements


def _machine(stack: Stack, resource: str, names: Names) -> str:
    return stack.format_arn(
        service="states",
        resource=resource,
        resource_name=names.state_machine,
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )


def _read(table: str, keys: str, *actions: str) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        actions=list(actions),
        resources=[table],
        # The second, because "all values" is true of none.
        conditions={
            "ForAllValues:StringLike": {"dynamodb:LeadingKeys": [keys]},
            "Null": {"dynamodb:LeadingKeys": "false"},
        },
    )


def _use_key(stack: Stack, names: Names, statements: list[iam.PolicyStatement]) -> list[iam.PolicyStatement]:
    """The environment's key, which is known by its alias before it is made."""
    permitted = [action for statement in statements for action in statement.actions]
    keys = stack.format_arn(service="kms", resource="key", resource_name="*")
    found = key_statements(permitted, keys)
    for statement in found:
        statement.add_condition("ForAnyValue:StringEquals", {"kms:ResourceAliases": names.data_key})
    return found
