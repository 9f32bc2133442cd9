"""One process per store, which speaks JSON lines: see `loop.py` for the commands."""
