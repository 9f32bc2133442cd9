"""Which codec commits are stored with: bytes, write units, time and import time, on real flight records."""
