"""Environments: a field that can't be deployed is refused, and the message says how to mend it."""

import re
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from stacks import environments
from stacks.environment import LOG_RETENTION_DAYS, BadEnvironment, Environment
from stacks.environments import ENVIRONMENTS, chosen

BAD: list[tuple[dict[str, Any], str]] = [
    ({"name": "Dev"}, "name is 'Dev', expected a lower-case letter, then 1 to 11 of a-z and 0-9"),
    ({"name": "a-b"}, "name is 'a-b', expected a lower-case letter"),
    ({"name": "x" * 13}, "expected a lower-case letter, then 1 to 11 of a-z and 0-9"),
    ({"name": "pipeline"}, "name is 'pipeline', expected another: -c env=pipeline takes the pipeline"),
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
    ({"shards": 0}, "shards is 0, expected 1 to 1000, or None for on demand"),
    ({"shards": 1001}, "shards is 1001, expected 1 to 1000"),
    ({"kinesis_retention_hours": 23}, "kinesis_retention_hours is 23, expected 24 to 8760"),
    ({"kinesis_retention_hours": 8761}, "kinesis_retention_hours is 8761, expected 24 to 8760"),
    ({"stream_retry_attempts": -1}, "stream_retry_attempts is -1, expected 0 to 10000"),
    ({"stream_retry_attempts": 10_001}, "stream_retry_attempts is 10001, expected 0 to 10000"),
    ({"relay_batch_size": 0}, "relay_batch_size is 0, expected 1 to 10000"),
    ({"relay_batch_size": 10_001}, "relay_batch_size is 10001, expected 1 to 10000"),
    ({"consumer_batch_size": 0}, "consumer_batch_size is 0, expected 1 to 10000"),
    ({"consumer_batch_size": 10_001}, "consumer_batch_size is 10001, expected 1 to 10000"),
    ({"consumer_parallelization": 0}, "consumer_parallelization is 0, expected 1 to 10"),
    ({"consumer_parallelization": 11}, "consumer_parallelization is 11, expected 1 to 10"),
    ({"consumer_memory_mb": 127}, "consumer_memory_mb is 127, expected 128 to 10240"),
    ({"consumer_memory_mb": 10_241}, "consumer_memory_mb is 10241, expected 128 to 10240"),
    ({"consumer_max_age_hours": 0}, "consumer_max_age_hours is 0, expected 1 to 168"),
    ({"consumer_max_age_hours": 169, "kinesis_retention_hours": 200}, "is 169, expected 1 to 168"),
    ({"consumer_max_age_hours": 25}, "is 25, expected no more than kinesis_retention_hours, 24"),
    ({"sweep_minutes": -1}, "sweep_minutes is -1, expected 0 to 60"),
    ({"sweep_minutes": 61}, "sweep_minutes is 61, expected 0 to 60"),
    ({"sweep_read_units": 0}, "sweep_read_units is 0, expected 1 to 1000000"),
    ({"sweep_read_units": 1_000_001}, "sweep_read_units is 1000001, expected 1 to 1000000"),
    ({"iterator_age_percent": 0}, "iterator_age_percent is 0, expected 1 to 90"),
    ({"iterator_age_percent": 91}, "iterator_age_percent is 91, expected 1 to 90"),
    ({"lag_alarm_seconds": 0}, "lag_alarm_seconds is 0, expected 1 to 86400"),
    ({"lag_alarm_seconds": 86_401}, "lag_alarm_seconds is 86401, expected 1 to 86400"),
    ({"encryption": "none"}, "encryption is 'none', expected aws or customer"),
    ({"snap_start": True, "python": "3.11"}, "snap_start is True, expected False with python 3.11: it needs 3.12"),
    ({"snap_start": True, "native": True}, "snap_start is True, expected False on the emulator"),
    ({"layer_versions_kept": 1}, "layer_versions_kept is 1, expected 2 to 100, or 0 for all"),
    ({"layer_versions_kept": 101}, "layer_versions_kept is 101, expected 2 to 100, or 0 for all"),
    ({"worker_concurrency": 0}, "worker_concurrency is 0, expected 1 to 10000, or None"),
    ({"alarm_emails": ("me@example.com", "nobody")}, "expected e-mail addresses, 'nobody' is none"),
    ({"tags": {"environment": "x"}}, "other than application and environment: 'environment' does not fit"),
    ({"tags": {"aws:x": "y"}}, "tags as AWS takes them, other than application and environment: 'aws:x' does not fit"),
    ({"tags": {"owner": "a" * 257}}, "'owner' does not fit"),
    ({"runbooks": ""}, "runbooks is '', expected a path or an address, up to 200 characters without # or space"),
    ({"runbooks": "https://git.example.com/a b.md"}, "expected a path or an address, up to 200 characters without #"),
    ({"runbooks": "docs/observability.md#lag"}, "expected a path or an address, up to 200 characters without # or"),
    ({"runbooks": "x" * 201}, "expected a path or an address, up to 200 characters without # or space"),
    ({"restored_table": "a b", "epoch": 2}, "restored_table is 'a b', expected the name of a table"),
    (
        {"restored_table": "tallygate-prod-events-2", "epoch": 2},
        "expected another table than the stack's own, of this environment: tallygate-some-events-…",
    ),
    ({"restored_table": "events-2"}, "expected empty with epoch 1: a restored table begins a new epoch"),
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
        {"shards": 1, "stream_retry_attempts": 0, "relay_batch_size": 1, "consumer_batch_size": 1},
        {"shards": 1000, "stream_retry_attempts": 10_000, "relay_batch_size": 10_000, "consumer_batch_size": 10_000},
        {"kinesis_retention_hours": 24, "consumer_max_age_hours": 1, "consumer_parallelization": 1},
        {"kinesis_retention_hours": 8760, "consumer_max_age_hours": 168, "consumer_parallelization": 10},
        {"consumer_memory_mb": 128, "sweep_minutes": 0, "sweep_read_units": 1, "iterator_age_percent": 1},
        {"consumer_memory_mb": 10_240, "sweep_minutes": 60, "sweep_read_units": 1_000_000, "iterator_age_percent": 90},
        {"lag_alarm_seconds": 1},
        {"encryption": "customer", "snap_start": True, "python": "3.12", "layer_versions_kept": 0},
        {"worker_concurrency": 10_000, "alarm_emails": ("me@example.com",), "tags": {"cost:center": "a b/1"}},
        {"layer_versions_kept": 100, "worker_concurrency": 1, "restored_table": "tallygate-some-events-2", "epoch": 9},
        {"lag_alarm_seconds": 86_400},
        *({"log_retention_days": days} for days in LOG_RETENTION_DAYS),
    ],
)
def test_what_lies_on_the_border_is_accepted(fields: dict[str, Any]) -> None:
    Environment(**({"name": "some"} | fields))


def test_environments_are_known_by_their_names_and_cant_be_changed() -> None:
    assert list(ENVIRONMENTS) == ["local", "dev", "test", "prod"]
    assert all(name == environment.name for name, environment in ENVIRONMENTS.items())
    with pytest.raises(FrozenInstanceError):
        ENVIRONMENTS["dev"].name = "prod"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (["dev", "macro"], "environment 'macro': the name is taken by what belongs to no environment, give it another"),
        (["use"], "environment 'use': the name is taken by what belongs to no environment, give it another"),
        (["dev", "dev"], "environment 'dev': the name is there more than once, give it another"),
    ],
)
def test_a_name_that_is_taken_is_refused(names: list[str], says: str) -> None:
    with pytest.raises(BadEnvironment, match=re.escape(says)):
        environments.by_name(*(Environment(name=name) for name in names))


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
