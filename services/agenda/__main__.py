"""`python -m agenda`: wire and serve."""

import asyncio
import sys
from functools import partial

from agenda.server.app import WATCHED, build_app
from agenda.settings import AgendaDatabaseSettings, AgendaSettings
from agenda.storage.erasure import ERASE_EVERY_S, Retention
from agenda.storage.store import AgendaStore
from agenda.storage.tables import SCHEMA, probe
from runtime.data.database import Database
from runtime.data.migrations import migrate_command
from runtime.http.server import HttpServer
from runtime.observability.logs import get_logger
from runtime.periodic import Periodic
from runtime.rpc.server import until_signal
from runtime.service import run_service
from runtime.settings import load
from workspace.errors import ManifestError
from workspace.source import open_source


async def _serve(settings: AgendaSettings) -> None:
    log = get_logger("agenda")
    try:
        source = open_source(settings, "agenda")
    except ManifestError as error:
        print(error, file=sys.stderr)  # noqa: T201 - one line a problem, for whoever starts it
        raise SystemExit(2) from None
    database = Database(settings.database_url, probe, pool=settings.pool)
    clock = settings.make_clock()
    store = AgendaStore(database, migrates=settings.migrates)
    retention = Periodic("retention", Retention(database, source.registry, clock).erase, ERASE_EVERY_S)
    try:
        await store.open()
        await source.start()
        retention.start()
        app, probes = build_app(settings, source.registry, store, clock, source.is_ready)
        server = HttpServer(settings.drain_s, WATCHED, most=settings.agenda_max_requests, tls=settings.tls)
        port = server.listen(settings.bind_host, settings.agenda_port, shared=settings.shared_port)
        await server.start(app)
        log.info("serving", port=port, profile=settings.profile, readiness=await store.is_ready())
        log.info("draining", signal=await until_signal())
        probes.draining = True
        await asyncio.sleep(settings.drain_notice_s)
        await server.stop()
    finally:
        await source.close()
        await retention.stop()
        await store.close()
    log.info("stopped")


def main() -> None:
    """Runs the agenda. Status 1: it cannot start; 2: settings or manifests are wrong."""
    if sys.argv[1:] == ["migrate"]:
        database = load(AgendaDatabaseSettings)
        migrate_command(SCHEMA, database.database_url, database.pool)
        return
    settings = load(AgendaSettings)
    run_service("agenda", settings, partial(_serve, settings), settings.agenda_metrics_port)


if __name__ == "__main__":
    main()
