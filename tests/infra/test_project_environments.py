"""The environments of the project, whoever has edited them; all other tests are about those of the tests' own."""

from pathlib import Path

from tests.infra.environments import OF_THE_PROJECT, OWN
from tests.infra.synthesis import Synthesis, synthesize


def test_each_is_synthesized_without_a_finding(synthesis: Synthesis, tmp_path: Path) -> None:
    """As long as nobody has edited them they are the tests' own."""
    made = synthesis if OF_THE_PROJECT == OWN else synthesize(tmp_path, of_the_project=True)
    assert made.status == 0, made.output
    assert made.violations() == []
    assert {f"tallygate-{name}-events" for name in OF_THE_PROJECT} <= set(made.stacks)


def test_what_is_called_prod_keeps_its_data() -> None:
    prod = OF_THE_PROJECT.get("prod")
    assert prod is None or (prod.protect_data and prod.retain_data)
