"""Two gatekeeper loops: one waits for a queue to drain, the other for objects to arrive."""
