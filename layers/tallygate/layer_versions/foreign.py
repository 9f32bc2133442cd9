"""Another account's layers, through a role of that account."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from tallygate import aws
from tallygate.deadline import Deadline
from tallygate.errors import InvalidInput
from tallygate.layer_versions.lambda_catalogue import LambdaCatalogue
from tallygate.put_if_absent import resend

if TYPE_CHECKING:
    from mypy_boto3_sts import STSClient

SESSION = "tallygate-latest-layer"
SESSION_SECONDS = 900  # the shortest


def foreign_catalogue(role_arn: str, until: Deadline, client: "STSClient | None" = None) -> LambdaCatalogue:
    """The layers that a role may list. One AssumeRole.

    Parameters
    ----------
    role_arn : str
        It has to trust the role of this function, and allow lambda:ListLayerVersions and lambda:ListLayers.
    until : Deadline
        For this, and for all that the catalogue is asked.
    client : STSClient, optional
        Default: the process's client with Tallygate's deadlines.

    Raises
    ------
    InvalidInput
        It can't be assumed.
    Unavailable
        The deadline passed.
    """
    sts = client or aws.sts()
    try:
        answer = resend(
            lambda: sts.assume_role(RoleArn=role_arn, RoleSessionName=SESSION, DurationSeconds=SESSION_SECONDS),
            until,
            what=f"the assumption of {role_arn}",
        )
    except ClientError as exc:
        raise InvalidInput(
            f"the role {role_arn} can't be assumed ({exc}): it has to trust this function's role, which needs "
            "sts:AssumeRole on it (`roles` of LayerResolver)"
        ) from exc
    return LambdaCatalogue(aws.layers_as(answer["Credentials"]), until=until)
