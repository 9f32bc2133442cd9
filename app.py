"""The CDK app: environments to stages to templates. It calls nothing in AWS.

`-c env=dev` takes one environment, `-c env=pipeline` the pipeline, `-c env=macro` UseLatest, else all come. For trials
`-c domain=path` takes other code, `-c encryption=customer` other keys (no pipeline does), `-c pipeline=path` its file.
"""

import sys
from dataclasses import replace

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from stacks.environments import PIPELINE, chosen
from stacks.pipeline import add_pipeline
from stacks.stage import Tallygate
from stacks.undeployable import Undeployable
from stacks.use_latest import UseLatest, surroundings


def main() -> None:
    """Synthesize."""
    app = App()
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    wanted = app.node.try_get_context("env")
    trial = {name: value for name in ("domain", "encryption") if (value := app.node.try_get_context(name))}
    if not trial:
        add_pipeline(app, wanted)
    environments = [replace(environment, **trial) for environment in chosen(wanted)]
    for environment in environments:
        if app.node.try_find_child(environment.title) is None:
            Tallygate(app, environment=environment)
    if wanted != PIPELINE:
        UseLatest(app, environment=surroundings(environments))
    app.synth()


if __name__ == "__main__":
    try:
        main()
    except Undeployable as error:
        sys.exit(f"{error}")
