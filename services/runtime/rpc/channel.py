"""Client channels to other services of the mesh."""

import json
from collections.abc import Sequence
from typing import Any

import grpc
from grpc import aio

from runtime.observability.tracing import client_interceptors
from runtime.rpc.identity import Credential
from runtime.rpc.interceptors import Outgoing
from runtime.rpc.tls import TlsChannel, TlsFiles

MAX_MESSAGE_BYTES = 1 << 20
"""Largest message that a server takes, in bytes."""


def open_channel(
    target: str,
    retry: Sequence[tuple[str, str]] = (),
    tls: TlsFiles | None = None,
    shows: Credential | None = None,
    follows_caller: bool = True,
) -> aio.Channel:
    """Opens a channel to `host:port` or a `dns:///` name. Must be called in the running loop.

    `retry` lists (service, method) pairs that are safe to repeat; only those are retried, and
    only when the server could not be reached. Without `tls` it speaks in the clear. `shows` says who calls.
    `follows_caller` cuts each call from the deadline of the call being served and passes its track on; a caller that
    has a deadline and a track of its own names them with each call instead.
    Raises PulpoError TLS_FILES.
    """
    interceptors = client_interceptors()
    options = [
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.keepalive_timeout_ms", 5_000),
        ("grpc.initial_reconnect_backoff_ms", 200),
        # How long one attempt to connect may take; TLS on a busy machine takes a while.
        ("grpc.min_reconnect_backoff_ms", 1_000),
        ("grpc.max_reconnect_backoff_ms", 1_000),
        # A lost connection has the name looked up again; the default of 30 s would keep new pods waiting.
        ("grpc.dns_min_time_between_resolutions_ms", 1_000),
        ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
        ("grpc.service_config", json.dumps(_service_config(retry))),
    ]
    if target.startswith("ipv4:"):  # of several addresses the first one is called by name, in certificates too
        options.append(("grpc.default_authority", target.removeprefix("ipv4:").partition(",")[0]))
    if tls is None:
        channel = aio.insecure_channel(target, options=options, interceptors=interceptors)
    else:
        channel = TlsChannel(
            tls, lambda shown: aio.secure_channel(target, shown, options=options, interceptors=interceptors)
        )
    return _MeshChannel(channel, Outgoing(shows, follows_caller))


class _MeshChannel(aio.Channel):
    """A channel whose unary calls are made by `Outgoing`. An interceptor would take a task more for each call."""

    def __init__(self, channel: aio.Channel, outgoing: Outgoing) -> None:
        self._channel, self._outgoing = channel, outgoing

    def unary_unary(self, *args: Any, **kwargs: Any) -> Any:
        """One request, one response."""
        return self._outgoing.around(self._channel.unary_unary(*args, **kwargs))

    def unary_stream(self, *args: Any, **kwargs: Any) -> Any:
        """One request, many responses."""
        return self._channel.unary_stream(*args, **kwargs)

    def stream_unary(self, *args: Any, **kwargs: Any) -> Any:
        """Many requests, one response."""
        return self._channel.stream_unary(*args, **kwargs)

    def stream_stream(self, *args: Any, **kwargs: Any) -> Any:
        """Many requests, many responses."""
        return self._channel.stream_stream(*args, **kwargs)

    async def __aenter__(self) -> "_MeshChannel":
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()

    async def close(self, grace: float | None = None) -> None:
        """Closes it."""
        await self._channel.close(grace)

    def get_state(self, try_to_connect: bool = False) -> grpc.ChannelConnectivity:
        """The state of its connection."""
        return self._channel.get_state(try_to_connect)

    async def wait_for_state_change(self, last_observed_state: grpc.ChannelConnectivity) -> None:
        """Waits until its connection is in another state."""
        await self._channel.wait_for_state_change(last_observed_state)

    async def channel_ready(self) -> None:
        """Waits until its connection is ready."""
        await self._channel.channel_ready()


def _service_config(retry: Sequence[tuple[str, str]]) -> dict[str, object]:
    config: dict[str, object] = {"loadBalancingConfig": [{"round_robin": {}}]}
    if retry:
        config["methodConfig"] = [
            {
                "name": [{"service": service, "method": method} for service, method in retry],
                "retryPolicy": {
                    "maxAttempts": 3,
                    "initialBackoff": "0.05s",
                    "maxBackoff": "0.3s",
                    "backoffMultiplier": 2,
                    "retryableStatusCodes": ["UNAVAILABLE"],
                },
            }
        ]
        config["retryThrottling"] = {"maxTokens": 20, "tokenRatio": 0.1}
    return config
