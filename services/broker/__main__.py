"""Runs the broker: python -m broker."""

import sys

from broker.servicer import BrokerServicer, registration
from broker.settings import BrokerDatabaseSettings, BrokerSettings
from broker.store import SCHEMA
from broker.wiring import open_broker
from runtime.migrations import migrate_command
from runtime.service import run_service, serve_grpc
from runtime.settings import load


def main() -> None:
    """Serves until told to stop."""
    if sys.argv[1:] == ["migrate"]:
        migrate_command(SCHEMA, load(BrokerDatabaseSettings).database_url)
        return
    settings = load(BrokerSettings)

    async def serve() -> None:
        broker = await open_broker(settings)
        service = registration(BrokerServicer(broker.executor, settings.broker_execute_timeout_s))
        await serve_grpc(
            [service],
            settings,
            settings.broker_port,
            ready=broker.store.is_up,
            close=[broker.close],
            parts={"pulpo.tools": broker.reachability.all_up},
        )

    run_service("broker", settings, serve, settings.broker_metrics_port)


if __name__ == "__main__":
    main()
