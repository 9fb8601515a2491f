"""Wires NLG and serves it."""

from functools import partial

from grpc import aio

from nlg.servicer import CALLERS, SERVICE_NAME
from nlg.settings import NlgSettings
from nlg.wiring import make_servicer
from nlg.writing.phrases import load_phrases
from pulpo.nlg.v1 import nlg_pb2_grpc
from runtime.errors import Kind, PulpoError
from runtime.rpc.server import Registration
from runtime.service import run_service, serve_grpc
from runtime.settings import load
from turn.guard import inspect
from workspace.errors import ManifestError
from workspace.source import open_source


async def serve(settings: NlgSettings) -> None:
    """Reads templates and manifests and serves until told to stop."""
    phrases = load_phrases()
    try:
        source = open_source(settings, "nlg")
    except ManifestError as error:
        raise PulpoError(Kind.FAILED_PRECONDITION, "BAD_MANIFEST", str(error)) from error
    servicer, close = make_servicer(source.registry, phrases, settings, warm=True)
    await source.start()

    def add(server: aio.Server) -> None:
        nlg_pb2_grpc.add_NlgServiceServicer_to_server(servicer, server)

    service = Registration(SERVICE_NAME, add, CALLERS, free=CALLERS, inspect=inspect)
    await serve_grpc([service], settings, settings.nlg_port, ready=source.is_ready, close=[source.close, *close])


def main() -> None:
    """Entry point of the process."""
    settings = load(NlgSettings)
    run_service("nlg", settings, partial(serve, settings), settings.nlg_metrics_port)


if __name__ == "__main__":
    main()
