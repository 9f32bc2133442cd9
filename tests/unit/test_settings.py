"""Environment variables: read once, typed, and named where they are wrong."""

import pytest

from tallygate.settings import MissingSetting, WorkSettings, from_environment

GOOD = {
    "BATCHES_TABLE": "b",
    "BATCHES_BUCKET": "c",
    "EVENTS_TABLE": "e",
    "EVENTS_EPOCH": "2",
    "OVERFLOW_BUCKET": "o",
    "LEASE_SECONDS": "30",
}


def test_settings_are_typed() -> None:
    settings = from_environment(WorkSettings, GOOD)
    assert settings == WorkSettings(
        batches_table="b",
        batches_bucket="c",
        events_table="e",
        events_epoch=2,
        overflow_bucket="o",
        lease_seconds=30,
    )


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_missing_variable_is_named(name: str, value: str | None) -> None:
    environ = {key: text for key, text in GOOD.items() if key != name} | ({} if value is None else {name: value})
    with pytest.raises(MissingSetting, match=f"{name} is missing or empty: set it on the function"):
        from_environment(WorkSettings, environ)


@pytest.mark.parametrize("value", ["x", "0", "-1", "1.5"])
def test_a_number_must_be_one(value: str) -> None:
    with pytest.raises(MissingSetting, match=r"LEASE_SECONDS is .*, expected a whole number above 0"):
        from_environment(WorkSettings, GOOD | {"LEASE_SECONDS": value})
