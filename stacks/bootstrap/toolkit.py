"""The CDK's own stack in an account, which other apps may use as well."""

from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import Session

from stacks.bootstrap.qualifier import QUALIFIER

PARAMETER = "CloudFormationExecutionPolicies"
DEADLINES = Config(connect_timeout=2, read_timeout=15, retries={"mode": "standard", "total_max_attempts": 3})


class Shared(RuntimeError):
    """The account is bootstrapped with other policies, on which other apps may depend."""


def demand_it_is_ours(toolkit: str, *, policy: str, narrow: bool) -> None:
    """Raise `Shared` if there is such a stack with policies other than ours, unless they are to be narrowed.

    Parameters
    ----------
    toolkit : str
        The stack's name.
    policy : str
        How the names of ours begin.
    """
    policies = _policies(toolkit)
    if policies is None or narrow or all(f":policy/{policy}-" in arn for arn in policies.split(",")):
        return
    raise Shared(
        f"this account and Region are bootstrapped already (stack {toolkit}), with "
        f"{policies or 'AdministratorAccess'}: other CDK apps in it would lose what they need. If there are none, give "
        "NARROW=1; else give Tallygate a bootstrap of its own: "
        f'"{QUALIFIER}": "tallygate" in the context of cdk.json'
    )


def _policies(toolkit: str) -> str | None:
    """What CloudFormation's role has: ARNs, parted by commas; empty for the CDK's default; None where is no stack."""
    client: Any = Session().create_client("cloudformation", config=DEADLINES)
    try:
        (stack,) = client.describe_stacks(StackName=toolkit)["Stacks"]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    values = {one["ParameterKey"]: one.get("ParameterValue", "") for one in stack.get("Parameters", ())}
    return str(values.get(PARAMETER, ""))
