"""The real app: what its functions have after each deployment by the CDK's CLI."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import cdk
from local.emulator.process import Emulator
from local.paths import ROOT
from tests.e2e.layered import RESOLVER
from tests.local.tiny_aws import TinyAws

pytestmark = [pytest.mark.e2e, pytest.mark.long]

WORKER, DOMAIN = "tallygate-local-work", "tallygate-local-domain"
MOST_SECONDS = 40  # of a deployment that changes nothing
# The real app, whose batch has a resource that can't be made, after its worker was moved to the new layer.
WITH_A_BROKEN_RESOURCE = """
import sys
sys.path.insert(0, "{root}")
from aws_cdk import Aws, CustomResource
import app

class Broken(app.Tallygate):
    def __init__(self, *arguments, **properties):
        super().__init__(*arguments, **properties)
        batch = self.node.find_child("Batch")
        nobody = f"arn:aws:lambda:{{Aws.REGION}}:{{Aws.ACCOUNT_ID}}:function:there-is-none"
        CustomResource(batch, "Broken", service_token=nobody).node.add_dependency(batch.node.find_child("Work"))

app.Tallygate = Broken
app.main()
"""
WITH_A_TYPO = """
import sys
sys.path.insert(0, "{root}")
import app

class Typo(app.Tallygate):
    def __init__(self, *arguments, **properties):
        super().__init__(*arguments, **properties)
        resolved = self.node.find_child("Batch").node.find_child("DomainLayer").node.find_child("Resolved")
        resolved.node.default_child.add_property_override("Layer", "tallygate-local-domian")

app.Tallygate = Typo
app.main()
"""


class Deployed:
    """The app on an emulator, and its domain, which can be edited."""

    def __init__(self, emulator: Emulator, folder: Path) -> None:
        self.emulator, self.folder = emulator, folder
        self.aws = TinyAws(emulator)
        self.domain = folder / "domain"
        shutil.copytree(ROOT / "tests/e2e/domain", self.domain, ignore=shutil.ignore_patterns("__pycache__"))

    def edit(self) -> None:
        with (self.domain / "__init__.py").open("a") as file:
            file.write("# edited\n")

    def deploy(self, program: str = "import sys\nsys.path.insert(0, '{root}')\nimport app\napp.main()\n") -> float:
        """Synthesize and deploy everything; returns the seconds that the deployment took."""
        file = self.folder / "program.py"
        file.write_text(program.format(root=ROOT))
        with cdk.assembly_lock():
            context = ("-c", "env=local", "-c", f"domain={self.domain}")
            app = ("--app", f"python {file}", "--output", str(cdk.ASSEMBLY))
            cdk._run(self.emulator, "synth", "--quiet", *app, *context)
            began = time.monotonic()
            cdk.deploy(self.emulator)
            return time.monotonic() - began

    def layer(self, function: str) -> str:
        """The version of the domain that a function has."""
        layers = self.aws.functions.get_function_configuration(FunctionName=function)["Layers"]
        (found,) = [layer["Arn"].rpartition(":")[2] for layer in layers if f":{DOMAIN}:" in layer["Arn"]]
        return found

    def resolutions(self) -> int:
        return int(self.emulator.meter()["functions"][RESOLVER]["invocations"])

    def versions(self) -> list[int]:
        found = self.aws.functions.list_layer_versions(LayerName=DOMAIN)["LayerVersions"]
        return [version["Version"] for version in found]


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    with Emulator() as emulator:
        cdk.bootstrap(emulator)
        yield Deployed(emulator, tmp_path_factory.mktemp("app"))


@pytest.mark.timeout(1800)  # seven syntheses and deployments
def test_functions_have_the_layer_of_their_deployment_there_and_back(deployed: Deployed) -> None:
    deployed.deploy()
    assert (deployed.layer(WORKER), deployed.versions()) == ("1", [1])
    resolved = deployed.resolutions()
    assert resolved > 0

    seconds = deployed.deploy()
    print(f"a deployment without change: {seconds:.1f} s")
    assert deployed.resolutions() == resolved
    assert seconds <= MOST_SECONDS

    deployed.edit()
    deployed.deploy()
    assert (deployed.layer(WORKER), deployed.versions()) == ("2", [2, 1])
    assert deployed.resolutions() == resolved + 2  # of the one layer that changed, in the two stacks that have it

    deployed.edit()
    with pytest.raises(cdk.CdkError):
        deployed.deploy(WITH_A_BROKEN_RESOURCE)
    assert (deployed.layer(WORKER), deployed.versions()) == ("2", [3, 2, 1])

    with pytest.raises(cdk.CdkError, match="there is no version of the layer tallygate-local-domian") as told:
        deployed.deploy(WITH_A_TYPO)
    assert "layers with similar names are tallygate-local-domain" in str(told.value)
    assert deployed.layer(WORKER) == "2"

    deployed.deploy()
    assert (deployed.layer(WORKER), deployed.versions()) == ("3", [3, 2, 1])
