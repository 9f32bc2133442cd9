"""The handler: what nobody foresaw is said in the protocol's words, and logged."""

import importlib.util
from types import SimpleNamespace

import pytest

from tests.conftest import ANYBODY
from tests.infra.synthesis import ROOT

HERE = ROOT / "lambdas/use_latest/handler.py"


def test_an_error_that_nobody_foresaw_ends_the_deployment_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", ANYBODY["region_name"])
    monkeypatch.setenv("POWERTOOLS_TRACE_DISABLED", "true")
    spec = importlib.util.spec_from_file_location("use_latest_handler", HERE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    context = SimpleNamespace(
        function_name="use_latest",
        memory_limit_in_mb=512,
        invoked_function_arn="arn",
        aws_request_id="7",
        log_group_name="/aws/lambda/use_latest",
        get_remaining_time_in_millis=lambda: 60_000,
    )
    fragment: dict[str, object] = {"Resources": {}}
    event = {"requestId": "1", "region": "eu-west-1", "fragment": fragment}  # no accountId
    assert module.handler(event, context) == {
        "requestId": "1",
        "status": "failure",
        "fragment": fragment,
        "errorMessage": "UseLatest: KeyError, see /aws/lambda/use_latest: 'accountId'",
    }
