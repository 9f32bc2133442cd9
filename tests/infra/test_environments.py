"""Environments: a field that can't be deployed is refused, and the message says how to mend it."""

from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from stacks import environments
from stacks.environments import ENVIRONMENTS, BadEnvironment, Environment, chosen

BAD: list[tuple[dict[str, Any], str]] = [
    ({"name": "Dev"}, "name is 'Dev', expected a lower-case letter, then 1 to 11 of a-z and 0-9"),
    ({"name": "a-b"}, "name is 'a-b', expected a lower-case letter"),
    ({"name": "x" * 13}, "expected a lower-case letter, then 1 to 11 of a-z and 0-9"),
    ({"architecture": "amd64"}, "architecture is 'amd64', expected arm64 or x86_64"),
    ({"python": "3"}, "python is '3', expected a version such as 3.13"),
    ({"python": "python3.13"}, "python is 'python3.13', expected a version such as 3.13"),
    ({"log_retention_days": 8}, "log_retention_days is 8, expected one of 1, 3, 5, 7, 14"),
    ({"lease_seconds": 1}, "lease_seconds is 1, expected 2 to 200"),
    ({"lease_seconds": 201}, "lease_seconds is 201, expected 2 to 200"),
    ({"worker_memory_mb": 127}, "worker_memory_mb is 127, expected 128 to 10240"),
    ({"plan_memory_mb": 10_241}, "plan_memory_mb is 10241, expected 128 to 10240"),
    ({"worker_timeout_seconds": 19}, "worker_timeout_seconds is 19, expected 20 to 240"),
    ({"worker_timeout_seconds": 241}, "worker_timeout_seconds is 241, expected 20 to 240"),
    ({"not_ready_attempts": 0}, "not_ready_attempts is 0, expected 1 to 5000"),
    ({"not_ready_attempts": 5001}, "not_ready_attempts is 5001, expected 1 to 5000"),
    ({"epoch": 0}, "epoch is 0, expected a whole number above 0"),
    ({"manifest_buckets": ("good-bucket", "Bad_Bucket")}, "names of buckets, 'Bad_Bucket' is none"),
    ({"manifest_buckets": ("s3://bucket",)}, "names of buckets, 's3://bucket' is none"),
]


@pytest.mark.parametrize(("fields", "says"), BAD, ids=[f"{fields}" for fields, _ in BAD])
def test_a_bad_field_is_named_with_what_is_expected(fields: dict[str, Any], says: str) -> None:
    given = {"name": "some"} | fields
    with pytest.raises(BadEnvironment) as raised:
        Environment(**given)
    message = str(raised.value)
    assert says in message
    assert message.startswith(f"environment {given['name']!r}: ")
    assert message.endswith("(stacks/environments.py)")
    assert "\n" not in message


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "a1"},
        {"lease_seconds": 2, "worker_timeout_seconds": 20, "not_ready_attempts": 1},
        {"lease_seconds": 200, "worker_timeout_seconds": 240, "not_ready_attempts": 5000},
        {"worker_memory_mb": 128, "plan_memory_mb": 10_240},
        {"manifest_buckets": ("some.bucket-1",)},
        *({"log_retention_days": days} for days in environments.LOG_RETENTION_DAYS),
    ],
)
def test_what_lies_on_the_border_is_accepted(fields: dict[str, Any]) -> None:
    Environment(**({"name": "some"} | fields))


def test_environments_are_known_by_their_names_and_cant_be_changed() -> None:
    assert list(ENVIRONMENTS) == ["local", "dev", "test", "prod"]
    assert all(name == environment.name for name, environment in ENVIRONMENTS.items())
    with pytest.raises(FrozenInstanceError):
        ENVIRONMENTS["dev"].name = "prod"  # type: ignore[misc]


def test_one_is_chosen_by_name_and_all_without() -> None:
    assert list(chosen("test")) == [ENVIRONMENTS["test"]]
    assert list(chosen(None)) == list(ENVIRONMENTS.values())


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "ENV is missing: say which, for example ENV=dev (local, dev, test, prod)\n"),
        ([""], "ENV is missing: say which, for example ENV=dev (local, dev, test, prod)\n"),
        (["nonsense"], "ENV=nonsense: no environment 'nonsense': there are local, dev, test, prod\n"),
    ],
)
def test_the_command_line_says_which_there_are(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert environments.main(arguments) == 2
    assert capsys.readouterr() == ("", says)


def test_the_command_line_is_silent_about_one_that_exists(capsys: pytest.CaptureFixture[str]) -> None:
    assert environments.main(["prod"]) == 0
    assert capsys.readouterr() == ("", "")
