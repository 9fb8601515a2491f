"""Puts an extractor together: code alone, or models in front of it where settings name them."""

from collections.abc import Mapping

from extractor.ladder import Ladder
from extractor.reader import Reader
from extractor.servicer import ExtractorServicer
from extractor.settings import ExtractorSettings
from extractor.slm_reader import ModelReader
from runtime.models.client import ChatModel, make_http_client
from runtime.service import Close
from workspace.model import Workspace
from workspace.registry import Derived, Registry


def make_servicer(
    registry: Registry, settings: ExtractorSettings, *, warm: bool = False
) -> tuple[ExtractorServicer, list[Close]]:
    """The servicer, and what to close after it. Without a model's URL nothing of models is made; with
    `warm`, models are asked in the background before anybody waits for them."""
    backends = settings.backends()
    if not backends:
        return ExtractorServicer(registry), []
    http, closing = make_http_client(), list[Close]()

    def ladder(registry: Registry, readers: Mapping[str, Reader]) -> Ladder:
        asking = Derived(registry, lambda workspace: make_model_reader(workspace, readers[workspace.id], settings))
        made = Ladder([ChatModel(backend, http) for backend in backends], asking)
        if warm:
            made.start()
        closing.append(made.close)
        return made

    servicer = ExtractorServicer(registry, make_ladder=ladder)
    return servicer, [*closing, http.aclose]


def make_model_reader(workspace: Workspace, reader: Reader, settings: ExtractorSettings) -> ModelReader:
    """Reads one workspace's messages by a model as the settings say; `reader` is the one by code."""
    limit, style = settings.slm_extractor_max_tokens, settings.slm_extractor_prompt
    return ModelReader(workspace, reader, settings.sureness(), limit, style)
