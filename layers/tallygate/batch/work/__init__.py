"""One attempt at one chunk: its items, what it hands on, its record."""
