"""The local run: an embedded AWS on this machine, its faults, its data, and the demo that uses them.

Nothing in here is deployed, and nothing that is deployed imports it.
"""
