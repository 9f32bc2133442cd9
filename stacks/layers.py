"""The layers: the library, your code, and third-party packages."""

from pathlib import Path

from aws_cdk import Stack
from constructs import Construct

from stacks.constructs.bundling import package, requirements
from stacks.constructs.layer import PublishedLayer
from stacks.environment import Environment
from stacks.names import Names

ROOT = Path(__file__).parent.parent


class LayersStack(Stack):
    """Publishes a new version of each layer whose content has changed."""

    def __init__(self, scope: Construct, *, environment: Environment) -> None:
        names = Names(environment.name)
        super().__init__(
            scope,
            "Layers",
            stack_name=names.stack("layers"),
            description="Tallygate: layers",
            termination_protection=environment.protect_data,
        )
        contents = {
            "vendor": requirements(ROOT / "layers/vendor/requirements.txt", environment=environment),
            "tallygate": package(ROOT / "layers/tallygate", name="tallygate", environment=environment),
            "domain": package(ROOT / environment.domain, name="domain", environment=environment),
        }
        for name, code in contents.items():
            PublishedLayer(self, name=name, code=code, environment=environment)
