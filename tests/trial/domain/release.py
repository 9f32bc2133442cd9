"""Which version of this code runs: a deployment in mid-batch brings another."""

RELEASE = 1
