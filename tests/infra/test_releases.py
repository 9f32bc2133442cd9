"""What a version deploys is on record."""

from tests.infra.release_templates import folder, templates, version
from tests.infra.synthesis import ROOT, Synthesis


def test_the_templates_of_this_version_are_those_on_record(synthesis: Synthesis) -> None:
    recorded = {path.name: path.read_text() for path in folder().glob("*.json")}
    assert recorded == templates(synthesis), (
        f"v{version()} has other templates on record: raise the version in pyproject.toml, or, as long as it is not "
        "released, run make release-templates"
    )


def test_nothing_of_this_machine_is_on_record() -> None:
    for template in folder().glob("*.json"):
        assert str(ROOT) not in template.read_text()
