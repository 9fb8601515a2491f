"""Puts an extractor together: code alone, or models in front of it where settings name them."""

import re
from collections.abc import Callable, Mapping
from functools import partial

import yaml

from extractor.catalogue.trades import load_trade
from extractor.meaning.packs import load_phrases
from extractor.packs import Kind, Packs
from extractor.reading.reader import Reader
from extractor.servicer import ExtractorServicer
from extractor.settings import ExtractorSettings
from extractor.slm.ladder import Ladder
from extractor.slm.meaning_reader import MeaningReader
from extractor.slm.model_reader import ModelReader
from extractor.slm.short_reader import ShortReader
from extractor.text.language_words import load_words
from extractor.when.grammar.pack import load_pack
from extractor.when.grammar.rules import GrammarError
from runtime.errors import Kind as ErrorKind
from runtime.errors import PulpoError
from runtime.models.client import ChatModel, make_http_client
from runtime.observability.logs import get_logger
from runtime.service import Close
from workspace.model import Workspace
from workspace.registry import Derived, Registry

_log = get_logger(__name__)
READERS: Mapping[str, type[ModelReader]] = {one.name: one for one in (ModelReader, MeaningReader, ShortReader)}
"""Readers by the name of the schema of an answer."""


def make_servicer(
    registry: Registry, settings: ExtractorSettings, *, warm: bool = False
) -> tuple[ExtractorServicer, list[Close]]:
    """The servicer, and what to close after it. Without a model's URL nothing of models is made; with
    `warm`, models are asked in the background before anybody waits for them. Raises PulpoError for data of a language
    or trade that cannot be used."""
    check(settings.packs)
    reading = partial(make_reader, packs=settings.packs, meaning=settings.extractor_meaning)
    backends = settings.backends()
    if not backends:
        return ExtractorServicer(registry, reading), []
    http, closing = make_http_client(), list[Close]()

    def ladder(registry: Registry, readers: Mapping[str, Reader]) -> Ladder:
        asking = Derived(registry, lambda workspace: make_model_reader(workspace, readers[workspace.id], settings))
        models = [ChatModel(backend, http) for backend in backends]
        made = Ladder(models, asking, settings.asking())
        if warm:
            made.start()
        closing.append(made.close)
        return made

    servicer = ExtractorServicer(registry, reading, ladder)
    return servicer, [*closing, http.aclose]


def make_reader(workspace: Workspace, packs: Packs, *, meaning: bool = False) -> Reader:
    """Reads one workspace's messages by code. A language that there is no data of is told in the log."""
    own = packs.own(workspace.locale)
    if own != workspace.locale.partition("-")[0]:
        _log.warning(f"no data of the language of {workspace.locale}, read as {own}", workspace=workspace.id)
    return Reader(workspace, meaning=meaning, packs=packs)


def check(packs: Packs) -> None:
    """Reads all data of languages and trades. Raises PulpoError BAD_PACKS, which names the file at fault."""
    if packs.unfinished:
        raise _bad(f"{packs.unfinished[0]}: expected a file of this name in each of days, phrases and words")
    loaded: tuple[tuple[Kind, Callable[[str, Packs], object]], ...] = (
        ("days", load_pack), ("phrases", load_phrases), ("words", load_words),
    )  # fmt: skip
    for kind, load in loaded:
        for name in packs.languages:
            _read(f"{kind}/{name}.yaml", partial(load, name, packs))
    for name in packs.names("trades"):
        _read(f"trades/{name}.yaml", partial(load_trade, name, packs))


def _read(file: str, load: Callable[[], object]) -> None:
    try:
        load()
    except (GrammarError, re.error, yaml.YAMLError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise _bad(f"{file}: {type(error).__name__}: {error}") from error


def _bad(text: str) -> PulpoError:
    return PulpoError(ErrorKind.FAILED_PRECONDITION, "BAD_PACKS", text)


def make_model_reader(workspace: Workspace, reader: Reader, settings: ExtractorSettings) -> ModelReader:
    """Reads one workspace's messages by a model as the settings say; `reader` is the one by code."""
    limit, style = settings.slm_extractor_max_tokens, settings.slm_extractor_prompt
    return READERS[settings.slm_extractor_schema](
        workspace, reader, settings.sureness(), limit, style, mends=settings.slm_ask == "unsure"
    )
