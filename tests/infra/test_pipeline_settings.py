"""`pipeline.toml`: what is wrong with it is said in one line, as documented."""

import re
from pathlib import Path

import pytest

from stacks.pipeline_settings import FILE, BadPipeline, Source, Target, read
from tests.infra.bad_pipelines import BAD, Bad
from tests.infra.synthesis import PIPELINE_FILE, ROOT

ROW = re.compile(r"^\| ([^|]+) \| `(.+)` \|$", re.MULTILINE)
TOLD = dict(ROW.findall((ROOT / "docs/deploy.md").read_text()))


def written(folder: Path, content: str) -> Path:
    path = folder / "pipeline.toml"
    path.write_text(content)
    return path


def looked_at(path: Path) -> list[str | None]:
    """The accounts that the file names, as whoever synthesizes in eu-central-1 asks for them."""
    settings = read(path)
    settings.demand_region("eu-central-1")
    return [target.account_id for target in settings.targets]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.what)
def test_a_bad_file_is_refused_in_the_words_that_are_documented(bad: Bad, tmp_path: Path) -> None:
    with pytest.raises(BadPipeline) as raised:
        looked_at(written(tmp_path, bad.content))
    said = str(raised.value)
    assert "\n" not in said
    documented = re.escape(TOLD[bad.what]).replace("…", ".*")
    assert re.fullmatch(documented, said), said


def test_nothing_else_is_documented() -> None:
    tried = {bad.what for bad in BAD}
    assert len(tried) == len(BAD) >= 6
    assert tried <= set(TOLD)


def test_a_good_file_is_read() -> None:
    settings = read(ROOT / PIPELINE_FILE)
    assert settings.source == Source(kind="codecommit", repository="tallygate", branch="main")
    assert settings.targets == (Target(name="dev", smoke=True), Target(name="prod", approval=True))
    assert not settings.is_elsewhere


@pytest.mark.skipif(not (ROOT / FILE).is_file(), reason="this project has no pipeline")
def test_the_projects_own_file_can_be_read() -> None:
    """Whatever it says: no other test looks at it."""
    assert read(ROOT / FILE).targets


@pytest.mark.parametrize(
    "repository", ["me/tallygate", "group/subgroup/tallygate", "a.b/c-d_e"], ids=lambda repository: repository
)
def test_what_hosts_call_a_repository_is_taken(repository: str) -> None:
    assert Source(kind="connection", repository=repository).repository == repository


def test_an_account_may_stand_in_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROD_ACCOUNT", "222222222222")
    target = Target(name="prod", account="$PROD_ACCOUNT")
    assert target.account_id == "222222222222"
    assert target.variables() == {"PROD_ACCOUNT": "222222222222"}
    assert Target(name="prod", account="333333333333").account_id == "333333333333"
    assert Target(name="prod").account_id is None
