"""The deployed app with roles enforced: a small batch each way, exact; and one without a permission. See tests/iam."""

from collections.abc import Iterator

import pytest

from local.deployment import PREFIX
from tests.e2e.conftest import App
from tests.e2e.domain import acts
from tests.iam.grants import Roles, without

pytestmark = pytest.mark.e2e
ITEMS = 12


@pytest.fixture
def enforced(app: App) -> Iterator[App]:
    app.deployment.emulator.enforce_roles()
    yield app
    app.deployment.emulator.enforce_roles(enforced=False)


def refused(app: App, role: str) -> list[str]:
    seen = app.deployment.emulator.decisions()
    return [one["action"] for one in seen if one["role"] == role and not one["allowed"]]


def given(app: App, name: str, **more: object) -> dict[str, object]:
    lines = "".join(f"item-{n},ok\n" for n in range(ITEMS))
    return {"manifest": app.upload(f"{name}.csv", f"id,act\n{lines}"), "name": name, "chunk_size": 5, **more}


def test_a_batch_needs_no_more_than_its_functions_are_granted(enforced: App) -> None:
    before = enforced.events.load(acts.COUNTER, "all").state
    for dispatch in ("map", "queue"):
        ended = enforced.run(given(enforced, f"roles-{dispatch}", dispatch=dispatch))
        assert (ended.status, ended.output["ok"], ended.output["items"]) == ("SUCCEEDED", ITEMS, ITEMS), ended.cause
    assert enforced.events.load(acts.COUNTER, "all").state - before == 2 * ITEMS


def test_a_missing_permission_fails_the_execution_and_abandons_nothing(enforced: App) -> None:
    roles = Roles(enforced.deployment.emulator)
    role = roles.functions["gatekeeper"]
    right = roles.policies(role)
    roles.put(role, {name: without(one, "dynamodb:Query", f"{PREFIX}-batches") for name, one in right.items()})
    try:
        arn = enforced.start(given(enforced, "roles-missing"))
        failed = enforced.wait(arn)
    finally:
        roles.put(role, right)
    assert failed.status == "FAILED"
    assert "AccessDenied" in f"{failed.error} {failed.cause}"
    assert "dynamodb:Query" in refused(enforced, role)
    assert {record.abandoned for record in enforced.chunk_records("roles-missing")} <= {0}
    enforced.deployment.machines.redrive_execution(executionArn=arn)
    ended = enforced.wait(arn)
    assert (ended.status, ended.output["ok"], ended.output["abandoned"]) == ("SUCCEEDED", ITEMS, 0)
