"""All that needs the app deployed: latency, then a backlog drained, on one emulator."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from bench.fanout.burst import Burst, burst
from bench.fanout.consumer import CONSUMER
from bench.fanout.deployed import Deployed
from bench.fanout.flights import first_commits
from bench.fanout.latency import Latency, latency
from local.demo import raw_puts
from local.deployment import Deployment
from local.emulator.process import Emulator, new_run_folder

BURST = 10_000


@dataclass(frozen=True)
class OnEmulator:
    """What was found; see the parts.

    Parameters
    ----------
    raw_puts : float
        Conditional puts a second of clients that do nothing else: what the emulator takes on this machine.
    latency : Latency
    bursts : mapping of str to Burst
    """

    raw_puts: float
    latency: Latency
    bursts: Mapping[str, Burst]


def measure() -> OnEmulator:
    """Run all of it; about three minutes. The burst of all comes first: who is left out of one has a backlog after."""
    with Emulator(folder=new_run_folder("fanout")) as emulator:
        deployment = Deployment.make(emulator)
        deployed, flown = Deployed(deployment), first_commits(2 * BURST)
        return OnEmulator(
            raw_puts.measure(deployment, processes=os.cpu_count() or 2),
            latency(deployed),
            {
                "all together": burst(deployed, flown[:BURST], deployed.woken),
                f"{CONSUMER} alone": burst(deployed, flown[BURST:], [CONSUMER]),
            },
        )
