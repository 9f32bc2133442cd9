"""One execution of the pipeline, played: each action in order, CodeBuild's in a shell, CloudFormation's by the CLI."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.infra.synthesis import Stack, synthesize
from tests.pipeline.build import Action, Approval, Build, Deployment, actions
from tests.pipeline.place import Place

BUILD = "Synth"  # the one whose role may do nothing in the account


@dataclass
class Played:
    """What was played: action and seconds; and what the CLI said of the deployment of a stage."""

    seconds: dict[str, float] = field(default_factory=dict)
    deployed: dict[str, str] = field(default_factory=dict)  # stage to the CLI's words


class PipelineRun:
    """Plays a pipeline.

    Parameters
    ----------
    place : Place
    instead : mapping of str to str
        Commands that are replaced, for a trial that can't wait.
    tell : callable
        Told of each action as it begins.
    """

    def __init__(
        self, place: Place, *, instead: Mapping[str, str] | None = None, tell: Callable[[str], object] = print
    ) -> None:
        self._place, self._instead, self._tell = place, dict(instead or {}), tell

    def pipeline(self, scratch: Path) -> Stack:
        """The pipeline as it is synthesized from what is checked out, before anything of it has run."""
        context = {"env": "pipeline", "pipeline": "pipeline.toml"}
        return synthesize(scratch, project=self._place.source, of_the_project=True, context=context).pipeline

    def play(self, pipeline: Stack) -> Played:
        """Every action, in order. The assembly is what the first build leaves behind."""
        played = Played()
        assembly = self._place.source / "cdk.out"
        # One by one: a buildspec that is a file lies in the assembly, which the first build makes.
        for action in actions(pipeline, assembly):
            began = time.monotonic()
            self._tell(action.name)
            self._play(action, assembly, played)
            played.seconds[action.name] = time.monotonic() - began
        return played

    def _play(self, action: Action, assembly: Path, played: Played) -> None:
        match action:
            case Approval():
                self._tell(f"{action.name}: approved")
            case Build():
                for command in action.commands:
                    folder = self._place.source if action.on_source else assembly
                    self._place.run(self._instead.get(command, command), folder, in_aws=action.name != BUILD)
            case Deployment() if action.stage not in played.deployed:
                command = f"cdk -a . deploy '{action.stage}/*' --require-approval=never --no-notices"
                played.deployed[action.stage] = self._place.run(command, assembly)
