"""What a deployment needs before the CDK CLI starts: an environment that exists, credentials, a region.

Run as a program: `python -m stacks.preflight dev`; `pipeline` and `macro` stand where an environment does. It looks
where the CLI will look, and asks nobody over the network.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from botocore.exceptions import BotoCoreError
from botocore.session import Session

from stacks import environments

REGION_VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION")
MACHINE_VENDOR = Path("/sys/class/dmi/id/sys_vendor")


class NotReady(RuntimeError):
    """Something that a deployment needs is missing; the message says what, and how to mend it."""


def main(arguments: list[str]) -> int:
    """Check all of it for the environment that the one argument names. Returns the exit status."""
    if status := environments.main(arguments):
        return status
    try:
        _belongs_on_aws(arguments[0])
        _account_is_known()
    except NotReady as error:
        print(f"ENV={arguments[0]} can't be deployed: {error}", file=sys.stderr)
        return 2
    return 0


def _belongs_on_aws(name: str) -> None:
    if any(environment.native for environment in environments.chosen(name)):
        others = ", ".join(other.name for other in environments.chosen(None) if not other.native)
        raise NotReady(
            f"it is for the emulator on this machine, where make demo deploys it; for AWS there are {others}"
        )


def _account_is_known() -> None:
    if not _on_ec2():
        # Nobody would answer, and botocore would wait for it.
        os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    session = Session()
    try:
        missing = list(_missing(session))
    except BotoCoreError as error:
        raise NotReady(f"the AWS configuration is not usable: {' '.join(str(error).split())}") from error
    if missing:
        raise NotReady("; ".join(missing))


def _missing(session: Session) -> Iterator[str]:
    if session.get_credentials() is None:
        yield (
            "no AWS credentials were found: sign in (aws configure, or aws sso login) and set AWS_PROFILE, "
            "or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        )
    region = session.get_config_variable("region")
    if not region and not any(os.environ.get(name) for name in REGION_VARIABLES):
        yield "no AWS region is set: set AWS_REGION, for example AWS_REGION=eu-central-1"


def _on_ec2() -> bool:
    """Whether this machine may get its credentials from the instance it is."""
    return MACHINE_VENDOR.is_file() and MACHINE_VENDOR.read_text().startswith("Amazon EC2")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
