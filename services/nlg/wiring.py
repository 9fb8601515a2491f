"""Builds NLG from its settings: templates, and a model for other wordings where one is named."""

from collections.abc import Mapping

from nlg.servicer import NlgServicer
from nlg.settings import NlgSettings
from nlg.slm.ladder import Ladder
from nlg.slm.rephrasing import Rephraser
from nlg.writing.phrases import Phrases
from runtime.models.client import ChatModel, make_http_client
from runtime.service import Close
from workspace.registry import Registry


def make_servicer(
    registry: Registry, phrases: Mapping[str, Phrases], settings: NlgSettings, *, warm: bool = False
) -> tuple[NlgServicer, list[Close]]:
    """The servicer, and what to close after it. Without a model's URL nothing of models is made; with
    `warm`, models are asked in the background before anybody waits for them."""
    backends = settings.backends()
    if not backends:
        return NlgServicer(registry, phrases), []
    http = make_http_client()
    models = [ChatModel(backend, http) for backend in backends]
    ladder = Ladder(models, Rephraser(registry, phrases.values()))
    if warm:
        ladder.start()
    return NlgServicer(registry, phrases, ladder=ladder), [ladder.close, http.aclose]
