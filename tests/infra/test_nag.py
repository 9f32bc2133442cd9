"""cdk-nag is at zero, and would not be silent if it were not."""

from pathlib import Path

import pytest

from tests.infra.synthesis import Synthesis, synthesize

# The real app, with one bucket more that cdk-nag must object to.
WITH_A_BAD_BUCKET = """
from aws_cdk import aws_s3
import app

class WithABadBucket(app.Tallygate):
    def __init__(self, *arguments, **properties):
        super().__init__(*arguments, **properties)
        aws_s3.Bucket(self.node.find_child("Events"), "Bad")

app.Tallygate = WithABadBucket
app.main()
"""


def test_there_is_no_finding_in_any_environment(synthesis: Synthesis, varied: Synthesis) -> None:
    for one in (synthesis, varied):
        assert one.status == 0, one.output
        assert one.violations() == []


def test_synthesis_is_silent(synthesis: Synthesis, varied: Synthesis) -> None:
    assert synthesis.output == varied.output == ""


@pytest.mark.long
@pytest.mark.slow
def test_a_violation_fails_the_synthesis(tmp_path: Path) -> None:
    bad = synthesize(tmp_path, program=("-c", WITH_A_BAD_BUCKET), context={"env": "dev"})
    assert bad.status != 0
    assert "Dev/Events/Bad/Resource" in bad.output
    assert {"AwsSolutions-S1", "AwsSolutions-S10"} <= set(bad.violations())
