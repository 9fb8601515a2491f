"""A connection to Pulpo: where it is, who calls, and its services."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any, TypeVar

import grpc
from grpc import aio

from pulpo_client import _services as services

S = TypeVar("S")
SERVICES = ("gateway", "extractor", "planner", "broker", "nlg")
"""What has an address: bookings and conversations are the gateway's."""
DEFAULT_TARGET = "127.0.0.1:50050"
"""The gateway of a mesh on this machine."""


@dataclass(frozen=True)
class Connection:
    """Where the mesh is, and what is shown to it."""

    targets: Mapping[str, str]
    """host:port of each of SERVICES that is called."""
    token: str
    credentials: grpc.ChannelCredentials | None
    """None: in the clear."""

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        """What goes with every call."""
        return (("authorization", f"Bearer {self.token}"),) if self.token else ()


def connection(
    target: str = "",
    *,
    token: str = "",
    ca: str | Path = "",
    cert: str | Path = "",
    key: str | Path = "",
    insecure: bool = False,
    targets: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Connection:
    """A connection as arguments say, and what they leave out as the environment does: PULPO_TARGET, PULPO_TOKEN,
    PULPO_CA, PULPO_CERT, PULPO_KEY, and PULPO_PLANNER_TARGET and the like for services besides the gateway.

    With a `ca` (PEM) it is TLS, with `cert` and `key` mutual. Raises ValueError for a token that would go in the clear
    to another machine, which `insecure` allows.
    """
    known = os.environ if environment is None else environment
    given = {"gateway": target or known.get("PULPO_TARGET", "") or DEFAULT_TARGET, **(targets or {})}
    for name in SERVICES[1:]:
        if name not in given and known.get(f"PULPO_{name.upper()}_TARGET"):
            given[name] = known[f"PULPO_{name.upper()}_TARGET"]
    token = token or known.get("PULPO_TOKEN", "")
    files = [
        str(given_ or known.get(name, ""))
        for given_, name in ((ca, "PULPO_CA"), (cert, "PULPO_CERT"), (key, "PULPO_KEY"))
    ]
    if files[0]:
        roots, chain, private = (Path(file).read_bytes() if file else None for file in files)
        return Connection(given, token, grpc.ssl_channel_credentials(roots, private, chain))
    far = [address for address in given.values() if not _is_here(address)]
    if token and far and not insecure:
        raise ValueError(f"the token would go to {far[0]} in the clear: name a ca, or insecure=True")
    return Connection(given, token, None)


def _is_here(target: str) -> bool:
    host = target.removeprefix("dns:///").rpartition(":")[0].strip("[]")
    try:
        return host == "localhost" or target.startswith("unix:") or ip_address(host).is_loopback
    except ValueError:
        return False


class _Channels:
    """The channels of a client, opened when first used."""

    def __init__(self, where: Connection, asynchronous: bool, interceptors: Sequence[Any]) -> None:
        self._where, self._async, self._interceptors = where, asynchronous, interceptors
        self.open: dict[str, Any] = {}

    def to(self, name: str) -> Any:
        """The channel to a service. Raises ValueError where nobody said where it is."""
        target = self._where.targets.get(name)
        if target is None:
            raise ValueError(f"where is the {name}? targets={{'{name}': 'host:port'}}, or PULPO_{name.upper()}_TARGET")
        if target not in self.open:
            self.open[target] = self._opened(target)
        return self.open[target]

    def _opened(self, target: str) -> Any:
        shown = self._where.credentials
        if self._async:
            if shown is None:
                return aio.insecure_channel(target, interceptors=list(self._interceptors))
            return aio.secure_channel(target, shown, interceptors=list(self._interceptors))
        channel = grpc.insecure_channel(target) if shown is None else grpc.secure_channel(target, shown)
        return grpc.intercept_channel(channel, *self._interceptors) if self._interceptors else channel


class Client:
    """Pulpo's services. Close it, or use it in a `with`."""

    def __init__(
        self, target: str = "", *, timeout: float = 10.0, interceptors: Sequence[Any] = (), **where: Any
    ) -> None:
        """`where` is as in `connection`; `timeout` is that of calls that name none, in seconds; `interceptors` are
        gRPC's, such as those that trace."""
        self._where = connection(target, **where)
        self._channels = _Channels(self._where, False, interceptors)
        self._timeout = timeout

    @property
    def bookings(self) -> services.BookingService:
        """Businesses, free times and appointments."""
        return self._of(services.BookingService, "gateway")

    @property
    def conversations(self) -> services.ConversationService:
        """Whole turns."""
        return self._of(services.ConversationService, "gateway")

    @property
    def extractor(self) -> services.ExtractorService:
        """Reads a message."""
        return self._of(services.ExtractorService, "extractor")

    @property
    def planner(self) -> services.PlannerService:
        """Plans the next step."""
        return self._of(services.PlannerService, "planner")

    @property
    def broker(self) -> services.BrokerService:
        """Runs tools under policy."""
        return self._of(services.BrokerService, "broker")

    @property
    def nlg(self) -> services.NlgService:
        """Writes a reply."""
        return self._of(services.NlgService, "nlg")

    def _of(self, service: Callable[..., S], name: str) -> S:
        return service(self._channels.to(name), self._where.metadata, self._timeout)

    def close(self) -> None:
        """Closes the channels."""
        for channel in self._channels.open.values():
            channel.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


class AsyncClient:
    """The same for asyncio. Make it in the running loop; close it, or use it in an `async with`."""

    def __init__(
        self, target: str = "", *, timeout: float = 10.0, interceptors: Sequence[Any] = (), **where: Any
    ) -> None:
        """As `Client` has it."""
        self._where = connection(target, **where)
        self._channels = _Channels(self._where, True, interceptors)
        self._timeout = timeout

    @property
    def bookings(self) -> services.AsyncBookingService:
        """Businesses, free times and appointments."""
        return self._of(services.AsyncBookingService, "gateway")

    @property
    def conversations(self) -> services.AsyncConversationService:
        """Whole turns."""
        return self._of(services.AsyncConversationService, "gateway")

    @property
    def extractor(self) -> services.AsyncExtractorService:
        """Reads a message."""
        return self._of(services.AsyncExtractorService, "extractor")

    @property
    def planner(self) -> services.AsyncPlannerService:
        """Plans the next step."""
        return self._of(services.AsyncPlannerService, "planner")

    @property
    def broker(self) -> services.AsyncBrokerService:
        """Runs tools under policy."""
        return self._of(services.AsyncBrokerService, "broker")

    @property
    def nlg(self) -> services.AsyncNlgService:
        """Writes a reply."""
        return self._of(services.AsyncNlgService, "nlg")

    def _of(self, service: Callable[..., S], name: str) -> S:
        return service(self._channels.to(name), self._where.metadata, self._timeout)

    async def close(self) -> None:
        """Closes the channels."""
        for channel in self._channels.open.values():
            await channel.close()

    async def __aenter__(self) -> "AsyncClient":
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()
