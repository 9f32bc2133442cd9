"""Free ports of 127.0.0.1."""

import socket


def free_port() -> int:
    """Find a TCP port that nothing listened on a moment ago. Another process may take it before you do: retry."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
