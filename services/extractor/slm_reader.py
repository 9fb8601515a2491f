"""One workspace's reading by a model. The answer is never trusted: parsed strictly, held against the
schema, and merged with what code reads in the same message, which wins wherever it found something."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from jsonschema import Draft202012Validator

from extractor.message import SLOTS, Message, Reading
from extractor.name_writing import title
from extractor.reader import Reader
from extractor.slm_confidence import Calibration, intent_probability, slot_probability
from extractor.slm_schema import NAME, narrowed
from extractor.slm_style import StyleName, style_of
from extractor.text import clean, plain
from runtime.models.backend import Ask, Backend, Completion, ModelError
from runtime.models.strict import strict_json
from workspace.calendar import parse_date, parse_time
from workspace.model import Workspace

TEMPERATURE = 0.1
SURE_SLOT = 0.8
"""Probability under which a value that only the model saw is left out."""
_FAR = timedelta(days=366)
"""A date further away than this is no date that a customer meant."""
_SMALL_TALK = frozenset({"greeting", "chitchat", "other"})
"""Intents whose messages name no service and no member of staff."""
_UNTIMED = _SMALL_TALK | {"info_hours"}
"""Intents whose messages ask for no day and no time."""


@dataclass(frozen=True)
class Said:
    """What a model wrote, of the right form."""

    intent: str
    slots: Mapping[str, str]


@dataclass(frozen=True)
class Sureness:
    """When a model is sure enough."""

    calibration: Calibration = field(default_factory=Calibration)
    threshold: float = 0.7


class ModelReader:
    """Asks about and reads the messages of one workspace's customers."""

    def __init__(
        self,
        workspace: Workspace,
        reader: Reader,
        sureness: Sureness,
        max_tokens: int = 256,
        style: StyleName = "examples",
    ) -> None:
        self._workspace = workspace
        self._reader = reader
        self._sureness = sureness
        self._max_tokens = max_tokens
        self._schema = narrowed(workspace)
        self._validator = Draft202012Validator(self._schema)
        self._style = style_of(style)
        self._business = self._style.business(workspace)

    def ask(self, message: Message) -> Ask:
        """The question about a message."""
        return Ask(
            system=self._style.system,
            user=f"{self._business}\n{self._style.turn(message, self._workspace)}",
            schema=self._schema,
            name=NAME,
            max_tokens=self._max_tokens,
            temperature=TEMPERATURE,
            logprobs=True,
        )

    def read(self, message: Message, completion: Completion, floor: Reading, backend: Backend) -> Reading:
        """The reading that an answer gives; `floor` is the one by code alone. Raises ModelError."""
        said = self.parse(completion.text)
        probability = intent_probability(completion, said.intent)
        if probability is None:
            raise ModelError("no_logprobs")
        confidence = self._sureness.calibration.apply(probability)
        if confidence < self._sureness.threshold:
            raise ModelError("unsure")
        code = floor if said.intent == floor.intent else self._reader.read_as(message, said.intent)
        sure = {slot: value for slot, value in said.slots.items() if slot_probability(completion, slot) >= SURE_SLOT}
        return replace(
            code,
            slots=self._merged(sure, message, code),
            confidence=round(confidence, 4),
            alternatives=tuple((intent, min(score, round(1 - confidence, 4))) for intent, score in code.alternatives),
            source="slm",
            model=f"{backend.model}+{self._style.version}",
            reasoning=f"{backend.rung}; by code {floor.intent}",
        )

    def parse(self, text: str) -> Said:
        """What a model wrote. Raises ModelError for what is no JSON or breaks the schema."""
        document = strict_json(text)
        if not self._validator.is_valid(document):
            raise ModelError("schema")
        return Said(document["intent"], document["slots"])

    def _merged(self, said: Mapping[str, str], message: Message, code: Reading) -> dict[str, str]:
        """Code's slots, and the model's sure ones where code met nothing that the slot could be about."""
        mentioned = {mention.slot for mention in self._reader.look(message)[2].mentions}
        decided = mentioned | set(code.slots) | set(code.removed_slots)
        more = {
            slot: title(value.split()) if slot == "client_name" else value
            for slot, value in said.items()
            if slot not in decided and self._is_credible(slot, value, message, code)
        }
        return {slot: (code.slots | more)[slot] for slot in SLOTS if slot in code.slots or slot in more}

    def _is_credible(self, slot: str, value: str, message: Message, code: Reading) -> bool:
        """Whether a value that only the model saw can be what the customer wrote."""
        text = plain(clean(message.text))
        match slot:
            case "service_type" | "staff_name":
                return code.intent not in _SMALL_TALK
            case "preferred_date":
                day, today = parse_date(value), message.reference.astimezone(self._workspace.zone).date()
                return code.intent not in _UNTIMED and day is not None and today <= day <= today + _FAR
            case "preferred_time":
                return code.intent not in _UNTIMED and code.part_of_day is None and parse_time(value) is not None
            case "client_name":
                words = _words(text)
                return all(word in words for word in _words(plain(value)))
            case "client_email":
                return value in text
            case "client_phone":
                return value[-8:] in _only(text, str.isdigit)
            case _:
                return _only(plain(value), str.isalnum) in _only(text, str.isalnum)


def _words(text: str) -> list[str]:
    return "".join(char if char.isalnum() else " " for char in text).split()


def _only(text: str, kept: Any) -> str:
    return "".join(filter(kept, text))
