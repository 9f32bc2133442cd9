"""The embedded AWS: ministack in a virtual environment of its own, mended where it is wrong.

Two worlds live in this folder. `process` (and `python -m local.emulator`) runs in our own environment and starts,
stops and asks. `launcher`, `mends`, `meter`, `control` and `kills` run inside the emulator's process, on the
standard library and ministack alone.
"""
