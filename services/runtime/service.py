"""The life of a service's process: wire, serve, drain, close."""

import asyncio
import gc
import resource
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence

from runtime.errors import PulpoError
from runtime.http.exposition import serve_metrics
from runtime.observability.logs import get_logger, set_up_logs
from runtime.observability.tracing import set_up_tracing
from runtime.rpc.identity import Door
from runtime.rpc.server import GrpcServer, Ready, Registration, until_signal
from runtime.settings import Settings

Close = Callable[[], Awaitable[None]]
GARBAGE = (20_000, 20, 50)
"""Thresholds of the garbage collector. With CPython's defaults it takes a twentieth of a service's CPU."""

MAX_FILES = 65_536
"""Files that a process is allowed to have open, where the machine lets it."""


def run_service(name: str, settings: Settings, main: Callable[[], Awaitable[None]], metrics_port: int) -> None:
    """Runs a service's main coroutine with logs, metrics and traces set up.

    A failure to start (port in use, bad manifest) is one line on standard error and status 1.
    """
    set_up_logs(name, settings.log_level)
    traces = set_up_tracing(name)
    _allow_files()
    try:
        try:
            serve_metrics(metrics_port, settings.bind_host)
        except OSError:
            raise SystemExit(f"{name}: metrics port {metrics_port} is in use") from None
        gc.freeze()  # what was imported stays
        gc.set_threshold(*GARBAGE)
        asyncio.run(_main(main))
    except PulpoError as error:
        sys.exit(f"{name}: {error.reason}: {error.message}")
    finally:
        if traces:
            traces.shutdown()


def _allow_files() -> None:
    """Lets the process open as many files as it may: each connection is one, and the usual soft limit is 1,024."""
    few, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = MAX_FILES if most == resource.RLIM_INFINITY else min(most, MAX_FILES)
    if few < enough:
        resource.setrlimit(resource.RLIMIT_NOFILE, (enough, most))


async def _main(main: Callable[[], Awaitable[None]]) -> None:
    await main()


def say_free(door: Door) -> None:
    """Logs a warning that names the methods open to every caller on this machine, if there are any."""
    if door.free:
        get_logger(__name__).warning("open to anybody on this machine, development only", tools=sorted(door.free))


async def serve_grpc(
    services: Sequence[Registration],
    settings: Settings,
    port: int,
    ready: Ready | None = None,
    close: Sequence[Close] = (),
    parts: Mapping[str, Ready] | None = None,
) -> None:
    """Serves until SIGTERM or SIGINT, then drains and closes dependencies in order. Raises PulpoError
    IDENTITY_MISSING when callers could not say who they are in production."""
    log = get_logger(__name__)
    try:
        door = settings.door(
            {method: names for service in services for method, names in service.callers.items()},
            [method for service in services for method in service.free],
        )
        server = GrpcServer(services, ready, parts, settings.tls, settings.bounds, door)
        say_free(door)
        bound = await server.start(settings.bind_host, port)
        log.info("serving", port=bound, profile=settings.profile)
        signal_name = await until_signal()
        log.info("draining", signal=signal_name)
        await server.stop(settings.drain_notice_s, settings.drain_s)
    finally:
        for closing in close:
            await closing()
    log.info("stopped")
