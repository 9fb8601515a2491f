"""Runs the broker: python -m broker."""

from broker.servicer import BrokerServicer, registration
from broker.settings import BrokerSettings
from broker.wiring import open_broker
from runtime.service import run_service, serve_grpc
from runtime.settings import load


def main() -> None:
    """Serves until told to stop."""
    settings = load(BrokerSettings)

    async def serve() -> None:
        broker = await open_broker(settings)
        service = registration(BrokerServicer(broker.executor, settings.broker_execute_timeout_s))
        await serve_grpc([service], settings, settings.broker_port, ready=broker.store.is_up, close=[broker.close])

    run_service("broker", settings, serve, settings.broker_metrics_port)


if __name__ == "__main__":
    main()
