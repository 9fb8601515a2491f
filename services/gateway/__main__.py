"""Wires the gateway and serves it until SIGTERM."""

import sys
from functools import partial

from gateway.process import Gateway
from gateway.settings import GatewayDatabaseSettings, GatewaySettings
from gateway.storage.tables import SCHEMA
from runtime.data.migrations import migrate_command
from runtime.observability.logs import get_logger
from runtime.rpc.server import until_signal
from runtime.service import run_service
from runtime.settings import load
from runtime.watch import FolderWatch
from workspace.errors import ManifestError
from workspace.loader import load_registry, refresh
from workspace.registry import Registry


async def serve(settings: GatewaySettings, registry: Registry) -> None:
    """Serves until SIGTERM or SIGINT, then drains and closes."""
    log = get_logger(__name__)
    gateway = Gateway(settings, registry, settings.make_clock())
    watch = FolderWatch(
        settings.workspaces_dir,
        "*.yaml",
        settings.workspaces_every_s,
        partial(refresh, registry, settings.workspaces_dir),
        ManifestError,
    )
    try:
        await gateway.start()
    except BaseException:
        await gateway.close()
        raise
    watch.start()
    log.info("serving", port=gateway.http_port, profile=settings.profile, count=len(registry))
    log.info("draining", signal=await until_signal())
    await watch.close()
    await gateway.stop()
    log.info("stopped")


def main() -> None:
    """Entry point of the process. Bad settings and bad manifests end it with status 2."""
    if sys.argv[1:] == ["migrate"]:
        database = load(GatewayDatabaseSettings)
        migrate_command(SCHEMA, database.database_url, database.pool)
        return
    settings = load(GatewaySettings)
    try:
        registry = load_registry(settings.workspaces_dir)
    except ManifestError as error:
        print(error, file=sys.stderr)  # noqa: T201 - start-up, before logging exists
        raise SystemExit(2) from None
    run_service("gateway", settings, partial(serve, settings, registry), settings.gateway_metrics_port)


if __name__ == "__main__":
    main()
