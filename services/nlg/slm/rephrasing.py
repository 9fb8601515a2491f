"""Asks a model for another wording of a reply, and says whether its answer can be used."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from nlg.slm.faithful import free_words, is_faithful
from nlg.slm.personal import names_in, tells_more
from nlg.turn import ReplyTurn
from nlg.writing.phrases import Phrases
from nlg.writing.render import MAX_CHARS
from runtime.json_schema import Form
from runtime.models.backend import Ask, ModelError
from runtime.models.strict import free_text, strict_json
from workspace.model import Workspace
from workspace.registry import Derived, Registry

NAME = "response_v1_message"
PLACEHOLDER = "$client_name"
"""Stands for the customer's name, which no model sees."""
TEMPERATURE = 0.3
MAX_TOKENS = 160
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["message"],
    "properties": {"message": {"type": "string", "pattern": free_text(1, MAX_CHARS)}},
}
"""The one field of response_v1 that a model may write."""
_FORM = Form(SCHEMA)
_FILE = Path(__file__).with_name("prompt.yaml")


@dataclass(frozen=True)
class Wording:
    """A message that may get another wording."""

    message: str
    language: str
    free: frozenset[str]
    """Words that another wording may add, drop or change."""
    client: str = ""
    """The customer's name as the message has it; empty when it does not."""


class Rephraser:
    """Writes the questions to models and reads their answers, for all businesses."""

    def __init__(self, registry: Registry, phrases: Iterable[Phrases]) -> None:
        languages = list(phrases)

        def free(workspace: Workspace) -> Mapping[str, frozenset[str]]:
            return {one.locale: free_words(one.free, _names(workspace)) for one in languages}

        self._free = Derived(registry, free)

    def wording(self, message: str, turn: ReplyTurn, workspace: Workspace, phrases: Phrases) -> Wording | None:
        """The question's parts for a message; None for one of several lines, for one that tells more of a customer than
        a first name, and in a language without free words."""
        free = self._free[workspace.id][phrases.locale]
        if "\n" in message or not free:
            return None
        names = names_in(turn)
        client = _client(message, names)
        common = frozenset(word.casefold() for name in _names(workspace) for word in name.split())
        return None if tells_more(message, names, client, common) else Wording(message, phrases.locale, free, client)

    def ask(self, wording: Wording) -> Ask:
        """The question about a message."""
        shown = _replaced(wording.message, wording.client, PLACEHOLDER) if wording.client else wording.message
        return Ask(fixed_prompt(), told(wording.language, shown), SCHEMA, NAME, MAX_TOKENS, TEMPERATURE)

    def parse(self, text: str, wording: Wording) -> str:
        """The wording in an answer. Raises ModelError for bad JSON and for a wording that does not say the same."""
        document = strict_json(text)
        if not _FORM.fits(document):
            raise ModelError("schema")
        said: str = document["message"].strip()
        said = said.replace(PLACEHOLDER, wording.client) if wording.client else said
        if not is_faithful(said, wording.message, wording.free):
            raise ModelError("unfaithful")
        return said


@cache
def fixed_prompt() -> str:
    """The instructions and examples of prompt.yaml, joined by empty lines."""
    data = read_file()
    examples = [
        f"{told(one['language'], one['message'])}\n{json.dumps(one['answer'], ensure_ascii=False)}"
        for one in data["examples"]
    ]
    return "\n\n".join([data["instructions"].strip(), *examples])


def read_file() -> Mapping[str, Any]:
    """The contents of prompt.yaml."""
    data: Mapping[str, Any] = yaml.load(_FILE.read_text(encoding="utf-8"), yaml.CSafeLoader)
    return data


def told(language: str, message: str) -> str:
    """The user part of the prompt: language and message."""
    return f"Idioma: {language}\nMensaje: {json.dumps(message, ensure_ascii=False)}"


def _names(workspace: Workspace) -> frozenset[str]:
    return frozenset((workspace.name, *workspace.service_names, *workspace.staff_names))


def _client(message: str, names: tuple[str, ...]) -> str:
    """The first name of the customer if the message contains it, else an empty string."""
    first = [name.split()[0] for name in names]
    return next((name for name in first if _replaced(message, name, "") != message), "")


def _replaced(message: str, name: str, by: str) -> str:
    return re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", lambda _: by, message)
