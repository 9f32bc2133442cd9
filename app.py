"""The CDK app: environments to stages to templates. It calls nothing in AWS.

`-c env=dev` takes one environment, otherwise all are synthesized. `-c domain=path` takes other code for the items,
`-c encryption=customer` other keys: for trials.
"""

import sys
from dataclasses import replace

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from stacks.constructs.bundling import BadLayer
from stacks.constructs.handler_code import BadHandler
from stacks.environment import BadEnvironment
from stacks.environments import chosen
from stacks.stage import Tallygate
from stacks.use_latest import UseLatest, surroundings


def main() -> None:
    """Synthesize."""
    app = App()
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    asked = {field: app.node.try_get_context(field) for field in ("domain", "encryption")}
    other = {field: value for field, value in asked.items() if value}
    environments = [replace(environment, **other) for environment in chosen(app.node.try_get_context("env"))]
    for environment in environments:
        Tallygate(app, environment=environment)
    UseLatest(app, environment=surroundings(environments))
    app.synth()


if __name__ == "__main__":
    try:
        main()
    except (BadEnvironment, BadHandler, BadLayer) as error:
        sys.exit(f"{error}")
