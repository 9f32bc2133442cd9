"""Puts the emulator together: mends, then the meter and the faults, then the server."""

import sys
from collections.abc import Collection

from local.emulator import mends
from local.emulator.control import Control
from local.emulator.decisions import Decisions
from local.emulator.deliveries import Deliveries
from local.emulator.kills import Kills
from local.emulator.meter import dynamodb, functions
from local.emulator.meter.counts import Meter
from local.emulator.meter.wire import metered
from local.emulator.patching import MendError, module, wrap


def serve(*, unmended: Collection[str]) -> str | None:
    """Serve until told to stop. Returns what went wrong, in one line, or None."""
    try:
        mends.apply_all(without=unmended)
    except (MendError, ValueError) as error:
        return str(error)
    meter = Meter()
    kills = Kills(meter)
    deliveries = Deliveries()
    decisions = Decisions()
    dynamodb.install(meter)
    functions.install(meter)
    kills.install()
    deliveries.install()
    decisions.install()
    emulator = module("app")
    control = Control(meter, kills, deliveries, unmended, decisions)
    wrap(emulator, "app", lambda application: metered(application, meter, control))
    sys.argv = ["ministack"]
    emulator.main()
    return None
