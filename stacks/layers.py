"""The layers: the library, your code, and third-party packages."""

from pathlib import Path

from aws_cdk import Stack
from constructs import Construct

from stacks.constructs.bundling import package, requirements
from stacks.constructs.layer import PublishedLayer
from stacks.constructs.layer_resolver import LayerResolver
from stacks.environment import Environment
from stacks.names import Names

ROOT = Path(__file__).parent.parent


class LayersStack(Stack):
    """Publishes a new version of each layer whose content has changed, and has the function that finds them again.

    Attributes
    ----------
    contents : mapping of str to str
        By a layer's short name the hash by which other stacks ask for its version.
    """

    def __init__(self, scope: Construct, *, environment: Environment) -> None:
        names = Names(environment.name)
        super().__init__(
            scope,
            "Layers",
            stack_name=names.stack("layers"),
            description="Tallygate: layers",
            termination_protection=environment.protect_data,
        )
        codes = {
            "vendor": requirements(ROOT / "layers/vendor/requirements.txt", environment=environment),
            "tallygate": package(ROOT / "layers/tallygate", name="tallygate", environment=environment),
            "domain": package(ROOT / environment.domain, name="domain", environment=environment),
        }
        layers = {
            name: PublishedLayer(self, name=name, code=code, environment=environment) for name, code in codes.items()
        }
        self.contents = {name: layer.content for name, layer in layers.items()}
        # Its layers come from this very stack: it resolves those of the others.
        own = [layers[name].version for name in ("vendor", "tallygate")]
        LayerResolver(self, "Resolver", layers=own, environment=environment)
