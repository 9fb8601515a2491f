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
from workspace.errors import ManifestError


async def serve(settings: GatewaySettings) -> None:
    """Serves until SIGTERM or SIGINT, then drains and closes."""
    log = get_logger(__name__)
    gateway = Gateway(settings, settings.make_clock())
    try:
        await gateway.start()
    except ManifestError as error:
        await gateway.close()
        print(error, file=sys.stderr)  # noqa: T201 - a line a problem, for whoever starts it
        raise SystemExit(2) from None
    except BaseException:
        await gateway.close()
        raise
    log.info("serving", port=gateway.http_port, profile=settings.profile, count=len(gateway.workspaces.registry))
    log.info("draining", signal=await until_signal())
    await gateway.stop()
    log.info("stopped")


def main() -> None:
    """Entry point of the process. Bad settings end it with status 2, and so does having no usable manifest."""
    if sys.argv[1:] == ["migrate"]:
        database = load(GatewayDatabaseSettings)
        migrate_command(SCHEMA, database.database_url, database.pool)
        return
    settings = load(GatewaySettings)
    run_service("gateway", settings, partial(serve, settings), settings.gateway_metrics_port)


if __name__ == "__main__":
    main()
