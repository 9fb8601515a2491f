"""Wires the extractor and serves it."""

from functools import partial

from grpc import aio

from extractor.servicer import CALLERS, SERVICE_NAME
from extractor.settings import ExtractorSettings
from extractor.wiring import make_servicer
from pulpo.extractor.v1 import extractor_pb2_grpc
from runtime.errors import Kind, PulpoError
from runtime.rpc.server import Registration
from runtime.service import run_service, serve_grpc
from runtime.settings import load
from turn.guard import inspect
from workspace.errors import ManifestError
from workspace.source import open_source


async def serve(settings: ExtractorSettings) -> None:
    """Reads the manifests and serves until told to stop."""
    try:
        source = open_source(settings, "extractor")
    except ManifestError as error:
        raise PulpoError(Kind.FAILED_PRECONDITION, "BAD_MANIFEST", str(error)) from error
    servicer, close = make_servicer(source.registry, settings, warm=True)
    await source.start()
    servicer.warm_up()

    def add(server: aio.Server) -> None:
        extractor_pb2_grpc.add_ExtractorServiceServicer_to_server(servicer, server)

    service = Registration(SERVICE_NAME, add, CALLERS, free=CALLERS, inspect=inspect)
    await serve_grpc([service], settings, settings.extractor_port, ready=source.is_ready, close=[source.close, *close])


def main() -> None:
    """Entry point of the process."""
    settings = load(ExtractorSettings)
    run_service("extractor", settings, partial(serve, settings), settings.extractor_metrics_port)


if __name__ == "__main__":
    main()
