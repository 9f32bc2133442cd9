"""The composition root of the smoke test."""

from tallygate.smoke.aws_deployed import AwsDeployed
from tallygate.smoke.deployed import Deployed


def deployed(environment: str, *, events_table: str = "") -> Deployed:
    """The environment of that name on AWS. Asks nothing yet."""
    return AwsDeployed(environment, events_table=events_table)
