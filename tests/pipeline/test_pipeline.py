"""What the pipeline's builds run, run: on a clean clone after a push, in the pipeline's order, against the emulator.

`make e2e-pipeline` does the same with `make test` in it. What is played: CodePipeline's actions of CloudFormation, by
the pinned CLI on the first build's assembly. Set up once (`.venv` …) is kept for the second push, as a cache would.
"""

from pathlib import Path

import pytest

from local.emulator.process import Emulator
from tests.pipeline.trial import trial

pytestmark = [pytest.mark.long, pytest.mark.e2e, pytest.mark.timeout(1500)]
FASTER = {"make test": ".venv/bin/python -m pytest -q -p no:cacheprovider tests/unit/smoke"}


def test_two_pushes_but_for_a_faster_make_test(tmp_path: Path) -> None:
    with Emulator() as emulator:
        found = trial(tmp_path, emulator, instead=FASTER, tell=print)
    played = list(found.first.seconds)
    assert played[:3] == ["Synth", "SelfMutate", "FileAssets"]
    assert played[-1] == "Smoke_Local"
    assert found.before == found.after, "the pipeline would update itself without end"
    assert found.deployed == found.wanted
    assert found.projects == {f"tallygate-pipeline-{name}" for name in ("synth", "selfupdate", "assets", "smoke-local")}
    assert found.functions_changed == {"tallygate-local-report"}, "one function was edited"
    assert found.layers_changed == set()
