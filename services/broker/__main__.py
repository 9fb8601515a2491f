"""Runs the broker: python -m broker."""

import sys

from broker.servicer import BrokerServicer, registration
from broker.settings import BrokerDatabaseSettings, BrokerSettings
from broker.storage.tables import SCHEMA
from broker.wiring import open_broker
from runtime.data.migrations import migrate_command
from runtime.service import run_service, serve_grpc
from runtime.settings import load


def main() -> None:
    """Migrates the database, or serves until a signal."""
    if sys.argv[1:] == ["migrate"]:
        database = load(BrokerDatabaseSettings)
        migrate_command(SCHEMA, database.database_url, database.pool)
        return
    settings = load(BrokerSettings)

    async def serve() -> None:
        broker = await open_broker(settings)
        clock = settings.make_clock() if settings.profile == "production" else None
        service = registration(BrokerServicer(broker.executor, settings.broker_execute_timeout_s, clock))
        await serve_grpc(
            [service],
            settings,
            settings.broker_port,
            ready=broker.is_up,
            close=[broker.close],
            parts={"pulpo.tools": broker.reachability.all_up},
        )

    run_service("broker", settings, serve, settings.broker_metrics_port)


if __name__ == "__main__":
    main()
