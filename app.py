"""The CDK app: environments to stages to templates. It calls nothing in AWS.

`-c env=dev` takes one environment, `-c env=pipeline` the pipeline, otherwise all are synthesized. `-c domain=path`
takes other code for the items, on trial: the pipeline takes the code that each environment names.
"""

import sys
from dataclasses import replace

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from stacks.constructs.bundling import BadLayer
from stacks.environment import BadEnvironment
from stacks.environments import chosen
from stacks.pipeline import add_pipeline
from stacks.stage import Tallygate


def main() -> None:
    """Synthesize."""
    app = App()
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    wanted, domain = (app.node.try_get_context(name) for name in ("env", "domain"))
    if not domain:
        add_pipeline(app, wanted)
    for environment in chosen(wanted):
        if app.node.try_find_child(environment.title) is None:
            Tallygate(app, environment=replace(environment, domain=domain) if domain else environment)
    app.synth()


if __name__ == "__main__":
    try:
        main()
    except (BadEnvironment, BadLayer) as error:
        sys.exit(f"{error}")
