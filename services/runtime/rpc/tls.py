"""Mutual TLS from three files, read again whenever they change: a new certificate needs no restart."""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from grpc import aio

from runtime.errors import Kind, PulpoError
from runtime.observability.logs import get_logger

CLOSE_OLD_S = 30.0
"""Seconds that calls on a channel with an old certificate may take to finish."""
_log = get_logger(__name__)
Stamp = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class TlsFiles:
    """What a process shows and whom it believes. All PEM."""

    cert: Path
    """Its certificate, and those between it and the authority."""
    key: Path
    """The certificate's private key."""
    ca: Path
    """The authorities whose certificates are believed."""

    def stamp(self) -> Stamp:
        """Changes when a file does; empty while one cannot be read."""
        try:
            found = [path.stat() for path in (self.cert, self.key, self.ca)]
        except OSError:
            return ()
        return tuple((one.st_mtime_ns, one.st_size, one.st_ino) for one in found)

    def read(self) -> tuple[bytes, bytes, bytes]:
        """Key, certificate and authorities. Raises PulpoError TLS_FILES when they cannot be read or do not
        belong together."""
        try:
            _loaded(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), self)
            return self.key.read_bytes(), self.cert.read_bytes(), self.ca.read_bytes()
        except (OSError, ssl.SSLError) as error:
            raise PulpoError(
                Kind.FAILED_PRECONDITION, "TLS_FILES", "PULPO_TLS_CERT, _KEY and _CA cannot be used together."
            ) from error


class _Watched:
    """Tells when files have changed. What cannot be used is passed over until it can, so that a change of
    several files need not happen at once."""

    def __init__(self, files: TlsFiles) -> None:
        """Raises PulpoError TLS_FILES when they are unusable from the start."""
        self._files = files
        self._seen = files.stamp()
        self.first = files.read()

    def changed(self) -> tuple[bytes, bytes, bytes] | None:
        """What is in the files, when that is new and usable."""
        stamp = self._files.stamp()
        if not stamp or stamp == self._seen:
            return None
        try:
            material = self._files.read()
        except PulpoError:
            return None
        self._seen = stamp
        _log.info("certificate changed")
        return material


def server_credentials(files: TlsFiles) -> grpc.ServerCredentials:
    """Credentials of a server that serves only callers with a certificate of the authorities.

    Raises PulpoError TLS_FILES.
    """
    watched = _Watched(files)

    def fetch() -> Any:
        changed = watched.changed()
        return _server_configuration(changed) if changed else None

    return grpc.dynamic_ssl_server_credentials(
        _server_configuration(watched.first), fetch, require_client_authentication=True
    )


def _server_configuration(material: tuple[bytes, bytes, bytes]) -> Any:
    key, cert, ca = material
    return grpc.ssl_server_certificate_configuration([(key, cert)], root_certificates=ca)


class TlsChannel(aio.Channel):
    """A channel to one target that is opened anew when the files change. Calls under way finish on the old one."""

    def __init__(self, files: TlsFiles, open_with: Callable[[grpc.ChannelCredentials], aio.Channel]) -> None:
        """Raises PulpoError TLS_FILES."""
        self._watched = _Watched(files)
        self._open = open_with
        self._channel = open_with(_channel_credentials(self._watched.first))
        self._closing: set[asyncio.Task[None]] = set()

    def _current(self) -> aio.Channel:
        changed = self._watched.changed()
        if changed:
            old, self._channel = self._channel, self._open(_channel_credentials(changed))
            closing = asyncio.create_task(old.close(CLOSE_OLD_S))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)
        return self._channel

    def _calls(self, kind: str, *args: Any, **kwargs: Any) -> Any:
        made: dict[aio.Channel, Any] = {}

        def call(*call_args: Any, **call_kwargs: Any) -> Any:
            channel = self._current()
            if channel not in made:
                made.clear()
                made[channel] = getattr(channel, kind)(*args, **kwargs)
            return made[channel](*call_args, **call_kwargs)

        return call

    def unary_unary(self, *args: Any, **kwargs: Any) -> Any:
        """One request, one response."""
        return self._calls("unary_unary", *args, **kwargs)

    def unary_stream(self, *args: Any, **kwargs: Any) -> Any:
        """One request, many responses."""
        return self._calls("unary_stream", *args, **kwargs)

    def stream_unary(self, *args: Any, **kwargs: Any) -> Any:
        """Many requests, one response."""
        return self._calls("stream_unary", *args, **kwargs)

    def stream_stream(self, *args: Any, **kwargs: Any) -> Any:
        """Many requests, many responses."""
        return self._calls("stream_stream", *args, **kwargs)

    async def __aenter__(self) -> "TlsChannel":
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()

    async def close(self, grace: float | None = None) -> None:
        """Closes it, and what is left of older ones."""
        await self._channel.close(grace)
        for closing in self._closing:
            closing.cancel()

    def get_state(self, try_to_connect: bool = False) -> grpc.ChannelConnectivity:
        """The state of the connection in use."""
        return self._current().get_state(try_to_connect)

    async def wait_for_state_change(self, last_observed_state: grpc.ChannelConnectivity) -> None:
        """Waits until the connection in use is in another state."""
        await self._current().wait_for_state_change(last_observed_state)

    async def channel_ready(self) -> None:
        """Waits until the connection in use is ready."""
        await self._current().channel_ready()


def _channel_credentials(material: tuple[bytes, bytes, bytes]) -> grpc.ChannelCredentials:
    key, cert, ca = material
    return grpc.ssl_channel_credentials(ca, key, cert)


class _FreshContext(ssl.SSLContext):
    """A context that looks at its files before each connection."""

    files: TlsFiles
    watched: _Watched

    def wrap_bio(self, *args: Any, **kwargs: Any) -> ssl.SSLObject:
        if self.watched.changed():
            _loaded(self, self.files)
        return super().wrap_bio(*args, **kwargs)


def http_server_context(files: TlsFiles) -> ssl.SSLContext:
    """For an HTTP server: callers need a certificate of the authorities. An authority that is taken out of
    the file is believed until the next restart. Raises PulpoError TLS_FILES."""
    return _context(files, ssl.PROTOCOL_TLS_SERVER)


def peer_names(transport: asyncio.BaseTransport) -> tuple[str, ...]:
    """The common name and the DNS names in the certificate that the other side of a connection has shown."""
    shown = transport.get_extra_info("peercert") or {}
    common = [value for part in shown.get("subject", ()) for name, value in part if name == "commonName"]
    return (*common, *(value for kind, value in shown.get("subjectAltName", ()) if kind == "DNS"))


def http_client_context(files: TlsFiles) -> ssl.SSLContext:
    """For an HTTP client: shows the certificate, and believes the authorities besides those of the machine.
    Raises PulpoError TLS_FILES."""
    context = _context(files, ssl.PROTOCOL_TLS_CLIENT)
    context.load_default_certs()
    return context


def _context(files: TlsFiles, protocol: int) -> ssl.SSLContext:
    context = _FreshContext(protocol)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.files, context.watched = files, _Watched(files)
    _loaded(context, files)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def _loaded(context: ssl.SSLContext, files: TlsFiles) -> None:
    context.load_cert_chain(files.cert, files.key)
    context.load_verify_locations(files.ca)
