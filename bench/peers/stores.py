"""The stores that are compared: how each one's driver is started, and where DynamoDB Local keeps its table."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from bench.peers import installation
from local.paths import ROOT

REGION = "us-east-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench"}


@dataclass(frozen=True, kw_only=True)
class Store:
    """A store under test.

    Parameters
    ----------
    command : tuple of str
        Starts the driver, before ENDPOINT and TABLE.
    region : str
        DynamoDB Local keeps a database per region; aett can't choose its own.
    commands : bool
        Its driver has `command`: the library's helper that loads, appends, and tries again on a conflict.
    remark : str
        What a reader of its row should know.
    """

    name: str
    command: tuple[str, ...]
    region: str = REGION
    commands: bool = False
    remark: str = ""

    @property
    def table(self) -> str:
        """The table that holds the events."""
        return f"bench-{self.name}"

    def environment(self) -> Mapping[str, str]:
        """Return the whole environment of a driver: no configuration of the machine's own reaches it."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return {
            **kept,
            **CREDENTIALS,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED": "true",
            "PYTHONPATH": str(ROOT / "layers"),
        }


def _python(interpreter: str, driver: str) -> tuple[str, ...]:
    return (interpreter, "-m", f"bench.peers.drivers.{driver}")


def _node(driver: str) -> tuple[str, ...]:
    return ("node", str(installation.HERE / "drivers" / f"{driver}.mjs"))


TALLYGATE = Store(name="tallygate", command=_python(sys.executable, "tallygate"))
STORES = (
    TALLYGATE,
    Store(
        name="eventsourcing-dynamodb",
        command=_python(str(installation.python("eventsourcing")), "eventsourcing"),
        remark="batch writes without a condition; reads are eventually consistent",
    ),
    Store(
        name="aett",
        command=_python(str(installation.python("aett")), "aett"),
        region="localhost",
        remark="was aett-dynamodb; two local indexes hold a copy of each event; a saved aggregate must be made anew",
    ),
    Store(
        name="castore",
        command=_node("castore"),
        commands=True,
        remark="@castore/core's EventStore; what its Command helper makes of a lost answer is told as evidence",
    ),
    Store(
        name="event-store-adapter",
        command=_node("event_store_adapter"),
        remark="event and snapshot row in one transaction, indexes included; reads an index, eventually consistent",
    ),
)
