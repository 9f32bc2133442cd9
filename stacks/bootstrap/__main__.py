"""`python -m stacks.bootstrap`: the deployment policy, then `cdk bootstrap` with it, not with AdministratorAccess.

Run again it brings both up to date. Exit status 0: done. 2: nothing was changed, the message says why. Else the CLI's.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from stacks.bootstrap.policies import NAME
from stacks.bootstrap.qualifier import QUALIFIER
from stacks.bootstrap.toolkit import Shared, demand_it_is_ours

ROOT = Path(__file__).resolve().parents[2]
CLI = ROOT / "node_modules/.bin/cdk"
_ACCOUNT = re.compile(r"\d{12}")


class CliFailed(RuntimeError):
    """The CDK CLI failed and has said why."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def main(arguments: Sequence[str]) -> int:
    """Do it. Returns the exit status."""
    given = _parser().parse_args(arguments)
    if wrong := [account for account in given.trust if not _ACCOUNT.fullmatch(account)]:
        print(f"TRUST={wrong[0]} is no account: give its twelve digits, several parted by commas", file=sys.stderr)
        return 2
    qualifier = json.loads((ROOT / "cdk.json").read_text())["context"].get(QUALIFIER, "")
    toolkit = f"CDKToolkit-{qualifier}" if qualifier else "CDKToolkit"
    try:
        demand_it_is_ours(toolkit, policy=NAME, narrow=given.narrow)
        outputs = _policies()
        _bootstrap(outputs, toolkit=toolkit, qualifier=qualifier, trust=given.trust)
    except Shared as error:
        print(error, file=sys.stderr)
        return 2
    except CliFailed as failed:
        return failed.status
    return 0


def _policies() -> Mapping[str, str]:
    """Deploy the policies with the credentials at hand; returns the stack's outputs."""
    with tempfile.TemporaryDirectory() as scratch:
        outputs = Path(scratch, "outputs.json")
        app = f"{sys.executable} -m stacks.bootstrap.policies"
        _cdk(ROOT, "deploy", "--app", app, "--output", f"{scratch}/cdk.out", "--outputs-file", str(outputs),
             "--require-approval", "never")  # fmt: skip
        found: Mapping[str, str] = json.loads(outputs.read_text())[NAME]
        return found


def _bootstrap(outputs: Mapping[str, str], *, toolkit: str, qualifier: str, trust: Sequence[str]) -> None:
    policies = [arn for name, arn in sorted(outputs.items()) if name.endswith("Arn")]
    flags = ["--cloudformation-execution-policies", ",".join(policies), "--toolkit-stack-name", toolkit]
    flags += ["--qualifier", qualifier] if qualifier else []
    # Deploying implies looking up. Without the flag an earlier trust stays.
    flags += ["--trust", ",".join(trust)] if trust else []
    with tempfile.TemporaryDirectory() as elsewhere:  # with an app at hand the CLI would synthesize it first
        _cdk(Path(elsewhere), "bootstrap", outputs["Place"], *flags)


def _cdk(folder: Path, *arguments: str) -> None:
    status = subprocess.run([str(CLI), *arguments, "--no-notices"], cwd=folder, check=False).returncode
    if status:
        raise CliFailed(status)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m stacks.bootstrap", description="Prepare an account and a Region.")
    parser.add_argument("--trust", type=lambda text: [one for one in text.split(",") if one], default=[],
                        help="accounts whose pipeline may deploy here")  # fmt: skip
    parser.add_argument("--narrow", action="store_true", help="also where the account was bootstrapped otherwise")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
