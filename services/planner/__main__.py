"""Wires the planner and serves it."""

from functools import partial

from grpc import aio

from planner.servicer import CALLERS, SERVICE_NAME, PlannerServicer
from planner.settings import PlannerSettings
from pulpo.planner.v1 import planner_pb2_grpc
from runtime.errors import Kind, PulpoError
from runtime.rpc.server import Registration
from runtime.service import run_service, serve_grpc
from runtime.settings import load
from turn.guard import inspect
from workspace.errors import ManifestError
from workspace.source import open_source


async def serve(settings: PlannerSettings) -> None:
    """Reads the manifests and serves until told to stop."""
    try:
        source = open_source(settings, "planner")
    except ManifestError as error:
        raise PulpoError(Kind.FAILED_PRECONDITION, "BAD_MANIFEST", str(error)) from error
    await source.start()

    def add(server: aio.Server) -> None:
        planner_pb2_grpc.add_PlannerServiceServicer_to_server(PlannerServicer(source.registry), server)

    service = Registration(SERVICE_NAME, add, CALLERS, free=CALLERS, inspect=inspect)
    await serve_grpc([service], settings, settings.planner_port, ready=source.is_ready, close=[source.close])


def main() -> None:
    """Entry point of the process."""
    settings = load(PlannerSettings)
    run_service("planner", settings, partial(serve, settings), settings.planner_metrics_port)


if __name__ == "__main__":
    main()
