"""Addresses and certificates on one machine: what Envoy's configuration needs besides the table of routes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Address:
    """One place that is listened on."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Certificates:
    """The files of mutual TLS, all PEM."""

    cert: Path
    key: Path
    ca: Path


@dataclass(frozen=True)
class Layout:
    """One mesh behind one Envoy."""

    edge: Address
    """Where webhooks come in."""
    admin: Address
    """Envoy's own interface; loopback only."""
    inner: Mapping[str, Address]
    """Where each service is called, by its name."""
    hosts: Mapping[str, tuple[Address, ...]]
    """What stands behind each cluster of the table, and behind `gateway-http`."""
    secrets: Path | None = None
    """Folder of the two files that name the certificates; no TLS when None."""
