"""The life of a gRPC service's process: wire, serve, drain, close."""

import asyncio
import gc
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence

from runtime.errors import PulpoError
from runtime.logs import get_logger, set_up_logs
from runtime.metrics import serve_metrics
from runtime.server import GrpcServer, Ready, Registration, until_signal
from runtime.settings import Settings
from runtime.tracing import set_up_tracing

Close = Callable[[], Awaitable[None]]
GARBAGE = (20_000, 20, 50)
"""How often cycles are looked for: CPython's default is made for scripts, and here costs one message in twenty."""


def run_service(name: str, settings: Settings, main: Callable[[], Awaitable[None]], metrics_port: int) -> None:
    """Runs a service's main coroutine with logs, metrics and traces set up.

    A failure to start (port in use, bad manifest) is one line on standard error and status 1.
    """
    set_up_logs(name, settings.log_level)
    traces = set_up_tracing(name)
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


async def _main(main: Callable[[], Awaitable[None]]) -> None:
    await main()


async def serve_grpc(
    services: Sequence[Registration],
    settings: Settings,
    port: int,
    ready: Ready | None = None,
    close: Sequence[Close] = (),
    parts: Mapping[str, Ready] | None = None,
) -> None:
    """Serves until SIGTERM or SIGINT, then drains and closes dependencies in order."""
    log = get_logger(__name__)
    server = GrpcServer(services, ready, parts, settings.tls)
    try:
        bound = await server.start(settings.bind_host, port)
        log.info("serving", port=bound, profile=settings.profile)
        signal_name = await until_signal()
        log.info("draining", signal=signal_name)
        await server.stop(settings.drain_notice_s, settings.drain_s)
    finally:
        for closing in close:
            await closing()
    log.info("stopped")
