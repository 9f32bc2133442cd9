"""A pipeline from a Git host, that deploys to another account."""

from pathlib import Path

import pytest
from aws_cdk import App

from stacks.pipeline import add_pipeline
from stacks.pipeline_settings import BadPipeline, PlaceUnknown
from tests.infra.pipeline_parts import IN_PIPELINE, of_project, project
from tests.infra.synthesis import Synthesis, synthesize, text

PLACE = {"CDK_DEFAULT_ACCOUNT": "111111111111", "CDK_DEFAULT_REGION": "eu-central-1"}
ACCOUNT = {"PROD_ACCOUNT": "222222222222"}
CONNECTED = """
[source]
kind = "connection"
repository = "someone/tallygate"
branch = "trunk"

[[environments]]
name = "test"

[[environments]]
name = "prod"
account = "$PROD_ACCOUNT"
approval = true
"""


def written(folder: Path, content: str = CONNECTED) -> dict[str, str]:
    """The context that names a file of that content."""
    file = folder / "pipeline.toml"
    file.write_text(content)
    return {"pipeline": str(file)}


@pytest.fixture(scope="module")
def connected(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    folder = tmp_path_factory.mktemp("connected")
    return synthesize(folder / "cdk.out", context=IN_PIPELINE | written(folder), variables=PLACE | ACCOUNT)


@pytest.mark.long
def test_a_connection_is_the_source_and_its_arn_need_not_be_in_the_repository(connected: Synthesis) -> None:
    assert connected.status == 0, connected.output
    source = connected.pipeline.properties("AWS::CodePipeline::Pipeline")["Stages"][0]["Actions"][0]
    assert source["ActionTypeId"]["Provider"] == "CodeStarSourceConnection"
    assert source["Configuration"]["FullRepositoryId"] == "someone/tallygate"
    assert source["Configuration"]["BranchName"] == "trunk"
    parameter = connected.pipeline.template["Parameters"][text(source["Configuration"]["ConnectionArn"])[2:-1]]
    assert parameter["Type"] == "AWS::SSM::Parameter::Value<String>"
    assert parameter["Default"] == "/tallygate/connection"


@pytest.mark.long
def test_another_account_gets_a_key_and_the_next_synthesis_knows_it_too(connected: Synthesis) -> None:
    """Account and Region of the pipeline are known then, which changes what cdk-nag sees."""
    assert connected.violations() == []
    assert len(connected.pipeline.of_type("AWS::KMS::Key")) == 1
    build = project(connected.pipeline, "synth")["Environment"]["EnvironmentVariables"]
    assert [(one["Name"], one["Value"]) for one in build] == [("PROD_ACCOUNT", "222222222222")]
    stages = connected.pipeline.properties("AWS::CodePipeline::Pipeline")["Stages"]
    roles = {text(one.get("RoleArn", "")) for stage in stages for one in stage["Actions"]}
    assert any("222222222222" in role and "deploy-role" in role for role in roles)
    assumed = {one for one in of_project(connected.pipeline, "assets") if "deploy-role" in one}
    assert len(assumed) == 2  # of both accounts
    assert any(":222222222222:" in one and "-222222222222-" in one for one in assumed)


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        (PLACE, "account is '$PROD_ACCOUNT', and the variable PROD_ACCOUNT holds '': set it to the twelve digits"),
        (ACCOUNT, "nobody says which are the pipeline's: sign in to its account"),
    ],
    ids=["its account", "the pipeline's own"],
)
def test_with_everything_it_is_left_out_where_an_account_is_not_known(
    variables: dict[str, str],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`make synth` is for whoever changes a stack; asked for by its name the pipeline is refused."""
    for name in PLACE | ACCOUNT:
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    app = App(context=written(tmp_path))
    add_pipeline(app, None)
    assert app.node.try_find_child("Pipeline") is None
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("without the pipeline: pipeline.toml: ")
    assert says in line
    with pytest.raises(PlaceUnknown):
        add_pipeline(app, "pipeline")


def test_another_region_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (PLACE | ACCOUNT).items():
        monkeypatch.setenv(name, value)
    app = App(context=written(tmp_path, CONNECTED + 'region = "eu-west-1"\n'))
    with pytest.raises(BadPipeline, match="'prod': region is 'eu-west-1', expected the pipeline's, eu-central-1, or"):
        add_pipeline(app, "pipeline")
