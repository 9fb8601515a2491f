"""Wires the gateway and serves it until SIGTERM."""

import sys
from functools import partial

from gateway.process import Gateway
from gateway.settings import GatewayDatabaseSettings, GatewaySettings
from gateway.tables import SCHEMA
from runtime.logs import get_logger
from runtime.migrations import migrate_command
from runtime.server import until_signal
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
        migrate_command(SCHEMA, load(GatewayDatabaseSettings).database_url)
        return
    settings = load(GatewaySettings)
    try:
        registry = load_registry(settings.workspaces_dir)
    except ManifestError as error:
        print(error, file=sys.stderr)  # noqa: T201 - start-up, before logging exists
        raise SystemExit(2) from None
    run_service("gateway", settings, partial(serve, settings, registry), metrics_port=0)


if __name__ == "__main__":
    main()
