"""Whether somebody listens on a port. Linux gives outgoing connections ports from 32768 on, so that the port of a
service may be held for a moment by a connection of anybody's: that passes, a listener stays."""

import socket

WAIT_S = 20.0
"""Seconds that a server waits for a port that only a connection holds."""


def is_listened_on(host: str, port: int) -> bool:
    """Whether a TCP server accepts connections at an address of this machine; `host` may be a wildcard."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    address = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "[::]": "::1", "::": "::1"}.get(host, host.strip("[]"))  # noqa: S104
    with socket.socket(family) as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((address, port)) == 0
