"""The customer's key: one of an environment, under which all that it stores lies."""

from aws_cdk import ArnFormat, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from stacks.constructs.key_use import BOTH, SERVICES, via
from stacks.environment import Environment
from stacks.names import Names

ID = "DataKey"
# Of tables, buckets, streams, queues and topics it is whoever calls them that needs the key (key_use.py). Two services
# come by themselves. Alarms have no business with it: their topic has a key of its own.
TO_ENCRYPT = tuple(sorted(BOTH))


class DataKey(Construct):
    """A KMS key, rotated each year, and the SSM parameter with its ARN.

    Whoever loses it has lost everything: it outlives its stack where the data does, and comes before all that lies
    under it.

    Attributes
    ----------
    key : kms.Key
    """

    def __init__(self, scope: Construct, *, environment: Environment) -> None:
        super().__init__(scope, ID)
        names, self._stack = Names(environment.name), Stack.of(self)
        self.key = kms.Key(
            self,
            "Key",
            alias=names.data_key,
            description=f"Tallygate {environment.name}: all that is stored",
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.RETAIN if environment.retain_data else RemovalPolicy.DESTROY,
        )
        for statement in (self._roles(names), self._logs(names), *self._bus(names)):
            self.key.add_to_resource_policy(statement)
        ssm.StringParameter(
            self,
            "Arn",
            parameter_name=names.data_key_parameter,
            string_value=self.key.key_arn,
            description="ARN of the key of all that is stored",
        )

    def _roles(self, names: Names) -> iam.PolicyStatement:
        """Every role of this environment, through the services that hold its data, as policies of AWS's own keys do.

        It adds nothing to what a role may do to the data: a service asks for the key only for what it has allowed.
        Told here and not by the roles, since the key is made before the roles of later stacks change, and outlives them
        where the data does: at no moment of a change of keys lies anything under it that they can't read. Roles are
        known by their names: CloudFormation makes them of the stack's, of which it keeps 25 characters at least.
        """
        roles = self._stack.format_arn(service="iam", region="", resource="role", resource_name=names.stack("*"))
        return iam.PolicyStatement(
            principals=[iam.AnyPrincipal()],
            actions=list(TO_ENCRYPT),
            resources=["*"],
            conditions={
                "StringEquals": {
                    "kms:CallerAccount": self._stack.account,
                    "kms:ViaService": [via(service) for service in SERVICES],
                },
                "ArnLike": {"aws:PrincipalArn": roles},
            },
        )

    def _logs(self, names: Names) -> iam.PolicyStatement:
        """CloudWatch Logs, for our log groups (CloudWatch Logs user guide, "Encrypt log data using AWS KMS")."""
        groups = [f"/aws/lambda/{names.function('*')}", f"/aws/vendedlogs/states/{names.function('*')}"]
        arns = [
            self._stack.format_arn(
                service="logs", resource="log-group", resource_name=group, arn_format=ArnFormat.COLON_RESOURCE_NAME
            )
            for group in groups
        ]
        return _allow(
            f"logs.{self._stack.region}.amazonaws.com",
            ("kms:Encrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:DescribeKey", *TO_ENCRYPT),
            {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": arns}},
        )

    def _bus(self, names: Names) -> tuple[iam.PolicyStatement, iam.PolicyStatement]:
        """EventBridge, for the outbox (its user guide, "Authorizing EventBridge to use a customer managed key").

        The guide's example has only the use of the key under the bus's ARN, and doesn't say that looking at it comes
        with that ARN.
        """
        bus = self._stack.format_arn(service="events", resource="event-bus", resource_name=names.outbox_bus)
        service, ours = "events.amazonaws.com", {"aws:SourceAccount": self._stack.account}
        return (
            _allow(service, ("kms:DescribeKey",), {"StringEquals": ours}),
            _allow(service, TO_ENCRYPT, {"StringEquals": {**ours, "aws:SourceArn": bus}}),
        )


def data_key_arn(scope: Construct, environment: Environment) -> str | None:
    """The ARN of the environment's key, as the stack of `scope` knows it; None where AWS manages keys."""
    if environment.encryption == "aws":
        return None
    made = Stack.of(scope).node.try_find_child(ID)
    if isinstance(made, DataKey):
        return made.key.key_arn
    return ssm.StringParameter.value_for_string_parameter(scope, Names(environment.name).data_key_parameter)


def data_key(scope: Construct, environment: Environment) -> kms.IKey | None:
    """The same as a key, for constructs that take one."""
    arn = data_key_arn(scope, environment)
    return kms.Key.from_key_arn(scope, "UsedKey", arn) if arn else None


def _allow(service: str, actions: tuple[str, ...], conditions: dict[str, object]) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        principals=[iam.ServicePrincipal(service)], actions=list(actions), resources=["*"], conditions=conditions
    )
