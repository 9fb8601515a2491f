"""One workspace's reading by a model. The answer is never trusted: parsed strictly, held against the
schema, and merged with what code reads in the same message, which wins wherever it found something."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from extractor.identity.name_writing import title
from extractor.reading.message import MessageInContext, Reading
from extractor.reading.reader import Reader
from extractor.slm.asking import doubts_intent
from extractor.slm.confidence import Calibration, intent_probability, slot_probability
from extractor.slm.schema import NAME, narrowed
from extractor.slm.style import Style, StyleName, style_of
from extractor.text.normalised import clean, plain
from runtime.json_schema import Form
from runtime.models.backend import Ask, Backend, Completion, ModelError
from runtime.models.strict import strict_json
from turn.meaning import Meaning
from turn.model import SLOT_NAMES
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
    meaning: Meaning | None = None
    """The second form, where the model answers in it."""


@dataclass(frozen=True)
class Sureness:
    """When a model is sure enough."""

    calibration: Calibration = field(default_factory=Calibration)
    threshold: float = 0.7


class ModelReader:
    """Asks about and reads the messages of one workspace's customers, in the first form (extractor_v1)."""

    name = NAME
    """Name of the schema of an answer."""

    def __init__(
        self,
        workspace: Workspace,
        reader: Reader,
        sureness: Sureness,
        max_tokens: int = 256,
        style: StyleName = "examples",
        *,
        mends: bool = False,
    ) -> None:
        """With `mends`, a model is asked only about what code is not sure of, and what code is sure of stays."""
        self._workspace = workspace
        self._reader = reader
        self._sureness = sureness
        budget = workspace.language_model
        self._max_tokens = budget.tokens(max_tokens)
        self._most_s = budget.most_s()
        self._mends = mends
        self._schema = self.schema_of(workspace)
        self._form = Form(self._schema)
        self._style = self.style_of(style)
        self._business = self._style.business(workspace)

    @property
    def is_allowed(self) -> bool:
        """Whether the business lets its customers' texts go to a model."""
        return self._workspace.language_model.allowed

    @staticmethod
    def schema_of(workspace: Workspace) -> dict[str, Any]:
        """The schema of an answer."""
        return narrowed(workspace)

    @staticmethod
    def style_of(name: StyleName) -> Style:
        """How a model is asked."""
        return style_of(name)

    def ask(self, message: MessageInContext) -> Ask:
        """The question about a message."""
        return Ask(
            system=self._style.system,
            user=f"{self._business}\n{self._style.turn(message, self._workspace)}",
            schema=self._schema,
            name=self.name,
            max_tokens=self._max_tokens,
            temperature=TEMPERATURE,
            logprobs=True,
            most_s=self._most_s,
        )

    def read(
        self,
        message: MessageInContext,
        completion: Completion,
        floor: Reading,
        backend: Backend,
        *,
        whole: bool = False,
    ) -> Reading:
        """The reading that an answer gives; `floor` is the one by code alone, of which stays what code is sure of where
        this reader mends, unless the `whole` answer is wanted. Raises ModelError."""
        mends = self._mends and not whole
        said = self.parse(completion.text, message)
        probability = self.probability(completion, said)
        if probability is None:
            raise ModelError("no_logprobs")
        confidence = self._sureness.calibration.apply(probability)
        if confidence < self._sureness.threshold:
            raise ModelError("unsure")
        if mends and not doubts_intent(floor, self._sureness.threshold):
            said = replace(said, intent=floor.intent)
        code = floor if said.intent == floor.intent else self._reader.read_as(message, said.intent)
        slots = self._merged(self.sure(completion, said), message, code)
        return replace(
            code,
            slots=slots,
            confidence=round(confidence, 4),
            alternatives=tuple((intent, min(score, round(1 - confidence, 4))) for intent, score in code.alternatives),
            source="slm",
            model=f"{backend.model}+{self._style.version}",
            reasoning=f"{backend.rung}; by code {floor.intent}",
            meaning=self.meaning_of(completion, said, slots, code, mends=mends),
        )

    def parse(self, text: str, message: MessageInContext) -> Said:
        """What a model wrote. Raises ModelError for what is no JSON or breaks the schema."""
        document = self.document(text)
        return Said(document["intent"], document["slots"])

    def document(self, text: str) -> Mapping[str, Any]:
        """An answer of the right form. Raises ModelError."""
        document: Mapping[str, Any] = self.answer(text)
        return document

    def answer(self, text: str) -> Any:
        """What a model wrote, which keeps to the schema. Raises ModelError."""
        answer = strict_json(text)
        if not self._form.fits(answer):
            raise ModelError("schema")
        return answer

    def probability(self, completion: Completion, said: Said) -> float | None:
        """The probability that the model gave to what it decides; None when it cannot be told."""
        return intent_probability(completion, said.intent)

    def sure(self, completion: Completion, said: Said) -> Mapping[str, str]:
        """The values that the model is sure of."""
        return {slot: value for slot, value in said.slots.items() if slot_probability(completion, slot) >= SURE_SLOT}

    def meaning_of(
        self, completion: Completion, said: Said, slots: Mapping[str, str], code: Reading, *, mends: bool
    ) -> Meaning | None:
        """The second form of the reading: code's, where a model answers in the first."""
        return code.meaning

    def _merged(self, said: Mapping[str, str], message: MessageInContext, code: Reading) -> dict[str, str]:
        """Code's slots, and the model's sure ones where code met nothing that the slot could be about."""
        mentioned = {mention.slot for mention in self._reader.look(message).findings.mentions}
        decided = mentioned | set(code.slots) | set(code.removed_slots)
        more = {
            slot: title(value.split()) if slot == "client_name" else value
            for slot, value in said.items()
            if slot not in decided and self._is_credible(slot, value, message, code)
        }
        return {slot: (code.slots | more)[slot] for slot in SLOT_NAMES if slot in code.slots or slot in more}

    def _is_credible(self, slot: str, value: str, message: MessageInContext, code: Reading) -> bool:
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
