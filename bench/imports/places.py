"""Folders as Lambda mounts them: a function's code, its layers laid over each other, and the runtime with boto3."""

import importlib.util
import platform
import shutil
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.imports.deployed import DeployedFunction, functions, layer_assets, templates
from bench.imports.fresh import Fresh
from stacks.constructs.bytecode import compile_for, interpreter
from stacks.environments import ENVIRONMENTS
from tests.infra.synthesis import synthesize

ENVIRONMENT = "dev"
LIMIT_MB = 250  # of a function's code and layers, unzipped
# boto3 and what it needs: the runtime has them too
RUNTIME = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six.py", "urllib3")
BARE = "import boto3\nboto3.client('dynamodb')"
_SYNTHESIS = """
from dataclasses import replace
from stacks.environments import ENVIRONMENTS
from stacks import use_latest
here = dict(architecture="{architecture}", python="{python}", native={native})
ENVIRONMENTS["{name}"] = replace(ENVIRONMENTS["{name}"], **here)
use_latest.ACCOUNT = replace(use_latest.ACCOUNT, **here)
import app
app.main()
"""


@dataclass(frozen=True, kw_only=True)
class Size:
    """Of an asset, in bytes."""

    zipped: int
    unzipped: int


@dataclass(frozen=True)
class Places:
    """The functions of an environment, built for this machine's processor, and where they find their modules.

    Parameters
    ----------
    folder : Path
        Empty; everything is put below it.
    """

    folder: Path
    python: str = ""
    version: str = ""
    functions: Sequence[DeployedFunction] = ()
    layers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def make(cls, folder: Path) -> "Places":
        """Synthesize, build the layers, and look up what the templates deploy.

        The functions' Python is the environment's if this machine has it, else the one that runs this.
        """
        environment = ENVIRONMENTS[ENVIRONMENT]
        running = f"{sys.version_info.major}.{sys.version_info.minor}"
        found = interpreter(environment.python)
        version = environment.python if found else running
        architecture = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
        program = _SYNTHESIS.format(name=ENVIRONMENT, architecture=architecture, python=version, native=not found)
        done = synthesize(
            folder / "cdk.out", program=("-c", program), bundle=True, of_the_project=True, context={"env": ENVIRONMENT}
        )
        if done.status:
            raise RuntimeError(done.output)
        of = templates(folder / "cdk.out")
        made = cls(folder, found or sys.executable, version, functions(of), layer_assets(of))
        made._lay_out()
        return made

    @property
    def runtime(self) -> Path:
        """The runtime's packages."""
        return self.folder / "runtime"

    def bare(self) -> Fresh:
        """A function with nothing of its own."""
        return Fresh(python=self.python, path=[self.runtime])

    def of(self, function: DeployedFunction, **variables: str) -> Fresh:
        """Where a function runs, with its variables and these."""
        path = [self.asset(function.code), self.opt(function.layers), self.runtime]
        return Fresh(python=self.python, path=path, variables={**function.variables, **variables})

    def opt(self, layers: Sequence[str]) -> Path:
        """`/opt/python` of a function with these layers: the later ones lie over the earlier ones."""
        target = self.folder / "opt" / "+".join(layers or ["none"])
        target.mkdir(parents=True, exist_ok=True)
        if not any(target.iterdir()):
            for layer in layers:
                shutil.copytree(self.asset(self.layers[layer]) / "python", target, dirs_exist_ok=True)
        return target

    def asset(self, digest: str) -> Path:
        """A folder as it is zipped and uploaded."""
        return self.folder / "cdk.out" / f"asset.{digest}"

    def size(self, digest: str) -> Size:
        """Of an asset."""
        files = [path for path in sorted(self.asset(digest).rglob("*")) if path.is_file()]
        archive = self.folder / "asset.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as zipped:
            for path in files:
                zipped.write(path, path.relative_to(self.asset(digest)))
        return Size(zipped=archive.stat().st_size, unzipped=sum(path.stat().st_size for path in files))

    def _lay_out(self) -> None:
        """Take the runtime's packages from this project's own: the layer's versions, but whole, as Lambda has them."""
        self.runtime.mkdir()
        for name in RUNTIME:
            spec = importlib.util.find_spec(name.removesuffix(".py"))
            if spec is None or spec.origin is None:
                raise RuntimeError(f"{name} is not installed: run make setup")
            source = Path(spec.origin)
            if name.endswith(".py"):
                shutil.copy(source, self.runtime / name)
            else:
                shutil.copytree(source.parent, self.runtime / name, ignore=shutil.ignore_patterns("__pycache__"))
        compile_for(replace(ENVIRONMENTS[ENVIRONMENT], python=self.version, native=False), self.runtime)
