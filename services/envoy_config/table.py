"""The table of routes, routes.yaml, as validated data."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

FILE = Path(__file__).with_name("routes.yaml")
"""The table."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Methods(_Part):
    """The methods of one contract."""

    reads: tuple[str, ...] = ()
    """Those that may be repeated."""
    writes: tuple[str, ...] = ()
    """Those that are sent once."""


class RoutedService(_Part):
    """One service that is called through Envoy."""

    port: int
    """Where callers find it."""
    grpc: str = ""
    """Full name of its gRPC service; empty when it speaks HTTP."""
    paths: tuple[str, ...] = ()
    """What is served over HTTP."""
    reads: tuple[str, ...] = ()
    """Methods that may be repeated."""
    writes: tuple[str, ...] = ()
    """Methods that are sent once."""
    also: Mapping[str, Methods] = {}
    """Full name of each further gRPC service at the same port -> its methods."""
    ready: str = ""
    """What tells over HTTP whether calls should be sent there."""
    tracks: bool = False
    """Whether each track has hosts of its own."""

    @property
    def contracts(self) -> dict[str, Methods]:
        """Full name of each gRPC service -> its methods."""
        own = {self.grpc: Methods(reads=self.reads, writes=self.writes)} if self.grpc else {}
        return {**own, **self.also}


class Retries(_Part):
    """What Envoy tries again."""

    reads: tuple[str, ...]
    """On what a read is tried again, in Envoy's words."""
    unsent: tuple[str, ...]
    """On what anything may be: nothing had been sent."""
    attempts: int
    """Most tries of one call, the first included."""
    budget_percent: int
    """Share of a cluster's calls under way that may be retries."""
    budget_min: int
    """Retries that are always allowed."""


class Health(_Part):
    """Active health checks of hosts."""

    interval_s: float
    timeout_s: float
    unhealthy_after: int
    """Failed checks after which a host gets no calls; one that answers NOT_SERVING gets none at once."""
    healthy_after: int


class Outliers(_Part):
    """When a host that fails calls is ejected, and for how long."""

    failures_in_a_row: int
    look_every_s: float
    out_for_s: float
    at_most_percent: int
    """Share of a cluster's hosts that may be ejected."""


class Breakers(_Part):
    """Most connections, queued requests and requests of one cluster at a time."""

    connections: int
    pending: int
    requests: int


class Inner(_Part):
    """Limits of calls between services."""

    connections: int
    """Most connections at a time."""
    longest_call_s: float
    """A call without a deadline ends after this."""
    connect_s: float


class EdgeLimits(_Part):
    """What the public listener accepts."""

    posts: tuple[str, ...]
    """Paths that take POST."""
    gets: tuple[str, ...]
    """Paths that take GET."""
    strip_prefix: str
    """Headers of this prefix are removed."""
    headers_s: float
    """Seconds in which a request's headers must arrive."""
    request_s: float
    """Seconds in which the whole request must arrive."""
    answer_s: float
    """Seconds that an answer may take."""
    idle_s: float
    body_bytes: int
    header_kb: int
    header_count: int
    connections: int
    """Most connections at a time."""
    streams: int
    """Most requests at a time on one HTTP/2 connection."""


class Table(_Part):
    """The whole table of routes."""

    track_header: str
    stable: str
    """The track of calls that name none."""
    canary: str
    services: dict[str, RoutedService]
    retries: Retries
    health: Health
    outliers: Outliers
    breakers: Breakers
    inner: Inner
    edge: EdgeLimits

    @property
    def tracks(self) -> tuple[str, str]:
        """Canary, then stable."""
        return self.canary, self.stable

    def clusters(self, name: str) -> tuple[str, ...]:
        """The groups of hosts of a service, the stable one last."""
        if not self.services[name].tracks:
            return (name,)
        return tuple(f"{name}-{track}" for track in self.tracks)

    def cluster(self, name: str, track: str) -> str:
        """The hosts that a track's calls of a service go to."""
        return f"{name}-{track}" if self.services[name].tracks else name


@cache
def load_table() -> Table:
    """The table of this release. Raises pydantic.ValidationError when its file is wrong."""
    return Table.model_validate(yaml.load(FILE.read_text(encoding="utf-8"), yaml.CSafeLoader))
