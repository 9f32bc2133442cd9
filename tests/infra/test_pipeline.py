"""The pipeline: its order, its commands, its roles, its source; and that it does not change when the code does."""

import json
import shutil
from pathlib import Path

import pytest

from stacks.environments import ENVIRONMENTS
from tests.infra.pipeline_parts import IN_PIPELINE, actions, commands, of_project
from tests.infra.synthesis import ROOT, Synthesis, synthesize


def copy(folder: Path) -> Path:
    """The project elsewhere, without what a run leaves behind."""
    for part in ("stacks", "layers", "lambdas"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for part in ("app.py", "package.json"):
        shutil.copy(ROOT / part, folder)
    return folder


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    """The same in another folder, and in it a function and the library were edited."""
    project = copy(tmp_path_factory.mktemp("elsewhere"))
    for changed in ("layers/tallygate/clock.py", "lambdas/work/handler.py"):
        with (project / changed).open("a") as file:
            file.write("# edited\n")
    return synthesize(project / "cdk.out", project=project, context=IN_PIPELINE)


def test_dev_is_deployed_and_smoked_before_anybody_approves_prod(synthesis: Synthesis) -> None:
    assert synthesis.output == ""
    order = actions(synthesis.pipeline)
    stages = list(dict.fromkeys(stage for stage, _, _ in order))
    assert stages == ["Source", "Build", "UpdatePipeline", "Assets", "Dev", "Prod"]
    dev = [(name, provider) for stage, name, provider in order if stage == "Dev"]
    prod = [(name, provider) for stage, name, provider in order if stage == "Prod"]
    assert dev[-1] == ("Smoke_Dev", "CodeBuild")
    assert prod[0] == ("Approve_Prod", "Manual")
    for deployed, name in ((dev[:-1], "dev"), (prod[1:], "prod")):
        assert {provider for _, provider in deployed} == {"CloudFormation"}
        last = [action for action, _ in deployed if action.endswith(".Deploy")]
        assert last.index(f"tallygate-{name}-events.Deploy") < last.index(f"tallygate-{name}-batch.Deploy")


def test_the_stages_are_those_that_are_deployed_by_hand(synthesis: Synthesis, elsewhere: Synthesis) -> None:
    """Else permissions and the like, whose ids carry the path of a construct, would be replaced when it takes over."""
    staged = {name: stack for name, stack in elsewhere.stacks.items() if "-dev-" in name or "-prod-" in name}
    assert len(staged) >= 8
    for name, stack in staged.items():
        assert stack.template["Resources"].keys() == synthesis.stacks[name].template["Resources"].keys()
        assert stack.termination_protection == synthesis.stacks[name].termination_protection


def test_the_build_runs_the_tests_and_synthesizes_with_the_pinned_cli(synthesis: Synthesis) -> None:
    pinned = json.loads((ROOT / "package.json").read_text())["devDependencies"]["aws-cdk"]
    build = commands(synthesis.pipeline, "synth")
    assert build["install"]["commands"] == ["make setup"]
    assert build["build"]["commands"] == [
        "make test",
        "node_modules/.bin/cdk synth --quiet --no-notices -c env=pipeline",
    ]
    update = commands(synthesis.pipeline, "selfupdate")
    assert update["install"]["commands"] == [f"npm install -g aws-cdk@{pinned}"]
    assert update["build"]["commands"] == ["cdk -a . deploy Pipeline --require-approval=never --verbose"]
    assets = commands(synthesis.pipeline, "assets")
    assert assets["install"]["commands"] == update["install"]["commands"]
    assert assets["build"]["commands"] == [
        f"cdk -a . publish-assets '{stage}/*' --unstable=publish-assets" for stage in ("Dev", "Prod")
    ]
    smoke = commands(synthesis.pipeline, "smoke-dev")
    assert smoke["build"]["commands"] == ["PYTHONPATH=layers python -m tallygate.smoke --environment dev"]


def test_image_and_runtimes_are_pinned_and_no_project_is_privileged(synthesis: Synthesis) -> None:
    projects = synthesis.pipeline.of_type("AWS::CodeBuild::Project").values()
    assert len(projects) == 4
    for one in projects:
        environment = one["Properties"]["Environment"]
        assert environment["Image"] == "aws/codebuild/amazonlinux-x86_64-standard:5.0"
        assert environment["PrivilegedMode"] is False
    runtimes = {"python": ENVIRONMENTS["dev"].python, "nodejs": "22"}
    for name in ("synth", "selfupdate", "assets", "smoke-dev"):
        assert commands(synthesis.pipeline, name)["install"]["runtime-versions"] == runtimes


def test_code_that_changes_does_not_change_the_pipeline(synthesis: Synthesis, elsewhere: Synthesis) -> None:
    """Or it would update itself without end: not by the folder, the time, a commit, or the hash of an asset."""
    assert synthesis.pipeline.template == elsewhere.pipeline.template
    assert synthesis.assets() != elsewhere.assets()
    everything = json.dumps(synthesis.pipeline.template)
    assert str(ROOT) not in everything
    assert str(synthesis.folder) not in everything
    assert str(elsewhere.folder) not in everything


def test_the_artifacts_are_private_encrypted_and_go_after_a_month(synthesis: Synthesis) -> None:
    bucket = synthesis.pipeline.properties("AWS::S3::Bucket")
    algorithm = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"][0]["ServerSideEncryptionByDefault"]
    assert algorithm == {"SSEAlgorithm": "AES256"}
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["LifecycleConfiguration"]["Rules"][0]["ExpirationInDays"] == 30
    policy = synthesis.pipeline.properties("AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]
    assert any(one["Effect"] == "Deny" and "aws:SecureTransport" in str(one["Condition"]) for one in policy)
    assert synthesis.pipeline.of_type("AWS::KMS::Key") == {}  # it costs by the month, and one account needs none


SMOKE = {
    "arn:${AWS::Partition}:s3:::tallygate-dev-batches-${AWS::AccountId}-${AWS::Region}/manifests/smoke/*": {
        "s3:PutObject"
    },
    "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:tallygate-dev-batch": {
        "states:StartExecution"
    },
    "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:tallygate-dev-batch:smoke-*": {
        "states:DescribeExecution",
        "states:GetExecutionHistory",
    },
    "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/tallygate-dev-batches": {
        "dynamodb:DescribeTable",
        "dynamodb:GetItem",
        "dynamodb:Query",
    },
    "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/tallygate-dev-events": {"dynamodb:Query"},
}


def test_the_smoke_test_may_do_this_and_no_more(synthesis: Synthesis) -> None:
    assert of_project(synthesis.pipeline, "smoke-dev") == SMOKE
    policies = [json.dumps(one) for one in synthesis.pipeline.of_type("AWS::IAM::Policy").values()]
    for keys in ("smoke-*", "batch#smoke-*"):
        assert any(f'"dynamodb:LeadingKeys": ["{keys}"]' in one for one in policies)


def test_the_build_may_do_nothing_in_the_account(synthesis: Synthesis) -> None:
    """It runs everybody's tests: whoever can push can run commands with its role."""
    found = of_project(synthesis.pipeline, "synth")
    assert {action.partition(":")[0] for allowed in found.values() for action in allowed} == {"s3"}
    assert all("Artifacts" in one for one in found)


def test_self_mutation_and_assets_go_through_the_roles_of_the_bootstrap(synthesis: Synthesis) -> None:
    update = of_project(synthesis.pipeline, "selfupdate")
    assert update == {
        "arn:*:iam::${AWS::AccountId}:role/*": {"sts:AssumeRole"},
        "*": {"cloudformation:DescribeStacks", "s3:ListBucket"},
    }
    (condition,) = [
        json.dumps(statement["Condition"])
        for policy in synthesis.pipeline.of_type("AWS::IAM::Policy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement.get("Resource") and "role/*" in json.dumps(statement["Resource"])
    ]
    assert "iam:ResourceTag/aws-cdk:bootstrap-role" in condition
    # The CLI publishes with one role, and reads the bootstrap's version with the other: else nothing is published.
    place = "${AWS::AccountId}-${AWS::Region}"
    assert of_project(synthesis.pipeline, "assets") == {
        f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/cdk-hnb659fds-{name}-role-{place}": {"sts:AssumeRole"}
        for name in ("file-publishing", "deploy")
    }


def test_no_role_is_an_administrator(synthesis: Synthesis) -> None:
    for role in synthesis.pipeline.of_type("AWS::IAM::Role").values():
        assert "ManagedPolicyArns" not in role["Properties"]
        assert "Policies" not in role["Properties"]


def test_code_commit_is_the_source(synthesis: Synthesis) -> None:
    source = synthesis.pipeline.properties("AWS::CodePipeline::Pipeline")["Stages"][0]["Actions"][0]
    assert source["ActionTypeId"]["Provider"] == "CodeCommit"
    assert source["Configuration"]["RepositoryName"] == "tallygate"
    assert source["Configuration"]["BranchName"] == "main"


def test_there_is_no_finding(synthesis: Synthesis) -> None:
    assert synthesis.violations() == []


def test_a_project_without_a_file_has_no_pipeline_and_says_so_when_it_is_asked_for(tmp_path: Path) -> None:
    context = {**IN_PIPELINE, "pipeline": str(tmp_path / "pipeline.toml")}
    refused = synthesize(tmp_path / "cdk.out", context=context)
    assert (refused.status, refused.output) == (
        1,
        "there is no pipeline.toml: docs/deploy.md says what stands in it\n",
    )
