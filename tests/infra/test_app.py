"""`app.py`: short, and clear about what it can't do."""

from pathlib import Path

import pytest

from tests.infra.synthesis import BY_THEMSELVES, ROOT, STACKS, Synthesis, synthesize


def test_the_app_is_short() -> None:
    assert len((ROOT / "app.py").read_text().splitlines()) <= 41


def test_every_environment_has_the_same_stacks(synthesis: Synthesis) -> None:
    environments = ("local", "dev", "test", "prod")
    staged = {f"tallygate-{name}-{stack}" for name in environments for stack in STACKS}
    assert set(synthesis.stacks) == staged | set(BY_THEMSELVES)


def test_everything_is_tagged_with_its_environment(synthesis: Synthesis) -> None:
    for name in ("dev", "prod"):
        tags = [{"Key": "application", "Value": "tallygate"}, {"Key": "environment", "Value": name}]
        for kind in ("AWS::DynamoDB::Table", "AWS::S3::Bucket"):
            tables = synthesis.stack(name, "events").of_type(kind).values()
            assert [table["Properties"]["Tags"] for table in tables] == [tags] * len(tables)


def test_tags_of_the_environment_are_added() -> None:
    from dataclasses import replace

    from aws_cdk import App

    from stacks.environments import ENVIRONMENTS
    from stacks.stage import Tallygate

    stage = Tallygate(App(), environment=replace(ENVIRONMENTS["dev"], tags={"cost-center": "7"}))
    table = stage.synth().get_stack_by_name("tallygate-dev-events").template["Resources"]
    tags = [one["Properties"]["Tags"] for one in table.values() if one["Type"] == "AWS::DynamoDB::Table"]
    assert all({"Key": "cost-center", "Value": "7"} in found for found in tags)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("context", "says"),
    [
        ({"env": "nonsense"}, "no environment 'nonsense': there are local, dev, test, prod"),
        (
            {"env": "dev", "domain": "missing/folder"},
            f"{ROOT}/missing/folder has no __init__.py: the folder of the package 'domain' must have one",
        ),
    ],
)
def test_a_wrong_choice_is_answered_with_one_line(context: dict[str, str], says: str, tmp_path: Path) -> None:
    refused = synthesize(tmp_path, context=context)
    assert (refused.status, refused.output) == (1, f"{says}\n")
