"""`python -m agenda`: wire and serve."""

import asyncio
import sys
from functools import partial

from agenda.app import build_app
from agenda.retention import keep_erasing
from agenda.server import HttpServer
from agenda.settings import AgendaDatabaseSettings, AgendaSettings
from agenda.store import Store
from agenda.tables import SCHEMA
from runtime.database import Database
from runtime.errors import PulpoError
from runtime.logs import get_logger, set_up_logs
from runtime.migrations import migrate_command
from runtime.server import until_signal
from runtime.settings import load
from runtime.tracing import set_up_tracing
from runtime.watch import FolderWatch
from workspace.errors import ManifestError
from workspace.loader import load_registry, refresh
from workspace.registry import Registry


async def _serve(settings: AgendaSettings, registry: Registry) -> None:
    log = get_logger("agenda")
    database, clock, stopping = Database(settings.database_url), settings.make_clock(), asyncio.Event()
    store = Store(database, migrates=settings.migrates)
    erasing: asyncio.Task[None] | None = None
    watch = FolderWatch(
        settings.workspaces_dir,
        "*.yaml",
        settings.workspaces_every_s,
        partial(refresh, registry, settings.workspaces_dir),
        ManifestError,
    )
    try:
        await store.open()
        watch.start()
        erasing = asyncio.create_task(keep_erasing(database, registry, clock, stopping))
        app, probes = build_app(settings, registry, store, clock)
        server = HttpServer(app, settings.drain_s, settings.agenda_max_connections, settings.tls)
        port = await server.start(settings.bind_host, settings.agenda_port)
        log.info("serving", port=port, profile=settings.profile, readiness=await store.is_ready())
        log.info("draining", signal=await until_signal())
        probes.draining = True
        await asyncio.sleep(settings.drain_notice_s)
        await server.stop()
    finally:
        await watch.close()
        stopping.set()
        if erasing:
            await erasing
        await store.close()
    log.info("stopped")


def main() -> None:
    """Runs the agenda. Status 1: it cannot start; 2: settings or manifests are wrong."""
    if sys.argv[1:] == ["migrate"]:
        migrate_command(SCHEMA, load(AgendaDatabaseSettings).database_url)
        return
    settings = load(AgendaSettings)
    try:
        registry = load_registry(settings.workspaces_dir)
    except ManifestError as error:
        print(error, file=sys.stderr)  # noqa: T201 - start-up, before logging exists
        raise SystemExit(2) from None
    set_up_logs("agenda", settings.log_level)
    traces = set_up_tracing("agenda")
    try:
        asyncio.run(_serve(settings, registry))
    except PulpoError as error:
        sys.exit(f"agenda: {error.reason}: {error.message}")
    finally:
        if traces:
            traces.shutdown()


main()
