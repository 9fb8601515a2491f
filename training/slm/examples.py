"""Labelled examples for a language model: a message in its turn, and the JSON that it should be read as.

Texts come from the templates of the intent model (training/data) and from messages that were labelled by
hand; the intent is the template's, slots are read by code, which knows them almost always once the
intent is given. No text of the development or blind sets is ever let through.
"""

import json
import random
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from extractor.reading.message import MessageInContext
from extractor.slm.tuned import told
from extractor.text.normalised import fold
from training.augment import noisy
from training.corpus import context_of
from training.grammar import expand, size
from training.reserve import digest, reserved
from training.slm.businesses import Business
from training.templates import Template, read_templates
from turn.model import SLOT_NAMES

SHARES = {
    "flow": 0.2, "book": 0.22, "info_prices": 0.1, "info_services": 0.11, "info_hours": 0.08, "cancel": 0.07,
    "reschedule": 0.08, "greeting": 0.03, "chitchat": 0.06, "other": 0.11,
}  # fmt: skip
"""How often a template of each label is drawn."""
STRENGTHS = (0.0, 0.0, 0.3, 0.7, 1.0)
JOINED = 0.08
"""Share of messages that are two of them in one."""
SURE = 0.9
"""Confidence with which code must read a joined message for it to be used."""
_HELD_OUT = 20
_AS_WRITTEN = ("client_name", "client_email", "client_phone", "booking_id")
_JOINTS = (". ", ", ", " y ", " ", "\n", ". ah y ", " pero ")


@dataclass(frozen=True)
class Labelled:
    """A message and what it says."""

    message: MessageInContext
    intent: str
    slots: Mapping[str, str]
    source: str
    """The template's key, "joined", or the file of labelled messages."""


def is_held_out(source: str) -> bool:
    """Whether what comes from a template is kept apart, to calibrate on; one in twenty is."""
    return zlib.crc32(source.encode()) % _HELD_OUT == 0


def answer_of(intent: str, slots: Mapping[str, str]) -> str:
    """What a model should write: no blanks, slots in the contract's order, those not said left out."""
    said = {slot: slots[slot] for slot in SLOT_NAMES if slot in slots}
    if "client_name" in said:
        said["client_name"] = fold(said["client_name"])
    return json.dumps({"intent": intent, "slots": said}, ensure_ascii=False, separators=(",", ":"))


class Examples:
    """Draws labelled examples."""

    def __init__(self, *, held_out: bool) -> None:
        """`held_out` draws from the templates that are kept apart, and only from them."""
        self._forbidden = reserved()
        self._templates: dict[str, list[Template]] = {}
        for template in read_templates():
            if is_held_out(template.key) == held_out:
                self._templates.setdefault(template.label, []).append(template)
        self._odds = {
            label: [_odds(template) for template in templates] for label, templates in self._templates.items()
        }
        self._labels = sorted(self._templates)

    def draw(self, business: Business, day: date, count: int, rng: random.Random) -> Iterator[Labelled]:
        """`count` different examples of one business on one day."""
        seen: set[tuple[str, str | None, str | None]] = set()
        while len(seen) < count:
            one = self._joined(business, day, rng) if rng.random() < JOINED else self._one(business, day, rng)
            if one is None or not self.allowed(one.message.text):
                continue
            mark = (told(one.message.text), one.message.asked_slot, one.message.active_intent)
            if mark not in seen and len(mark[0]) < 400:
                seen.add(mark)
                yield one

    def allowed(self, text: str) -> bool:
        """Whether a text may be trained on: not empty, and no text that is measured on."""
        return bool(text.strip()) and digest(text) not in self._forbidden

    def _template(self, rng: random.Random) -> Template:
        label = rng.choices(self._labels, [SHARES[label] for label in self._labels])[0]
        return rng.choices(self._templates[label], self._odds[label])[0]

    def _one(self, business: Business, day: date, rng: random.Random) -> Labelled | None:
        template = self._template(rng)
        active, asked = context_of(template, rng)
        intent = active if template.label == "flow" else template.label
        message = _message(expand(template.text, business.parts, rng), business, day, active, asked, rng)
        typed = replace(message, text=noisy(message.text, rng, rng.choice(STRENGTHS)))
        slots = slots_of(message, typed, intent, business)
        return Labelled(typed, intent, slots, template.key) if slots is not None else None

    def _joined(self, business: Business, day: date, rng: random.Random) -> Labelled | None:
        """Two messages in one; what it means is for code to say, and only where it is sure."""
        first, second = self._template(rng), self._template(rng)
        active, asked = context_of(first, rng)
        texts = [expand(template.text, business.parts, rng) for template in (first, second)]
        message = _message(rng.choice(_JOINTS).join(texts), business, day, active, asked, rng)
        reading = business.judge.read(message)
        wanted = {active if template.label == "flow" else template.label for template in (first, second)}
        if reading.confidence < SURE or reading.intent not in wanted:
            return None
        typed = replace(message, text=noisy(message.text, rng, rng.choice(STRENGTHS)))
        slots = slots_of(message, typed, reading.intent, business)
        return Labelled(typed, reading.intent, slots, "joined") if slots is not None else None


def slots_of(
    clean: MessageInContext, typed: MessageInContext, intent: str, business: Business
) -> dict[str, str] | None:
    """What a message says, as code reads it before it was mistyped, but data of the customer as typed.
    None when the typing changed what can be read of those."""
    slots = business.reader.read_as(clean, intent).slots
    if told(clean.text) == told(typed.text):
        return slots if _can_be_copied(slots, typed) else None
    written = business.reader.read_as(typed, intent).slots
    if any((slot in slots) != (slot in written) for slot in _AS_WRITTEN):
        return None
    merged = {slot: (written if slot in _AS_WRITTEN else slots)[slot] for slot in slots}
    return merged if _can_be_copied(merged, typed) else None


def _can_be_copied(slots: Mapping[str, str], message: MessageInContext) -> bool:
    """Whether a name stands in what the model is told, word for word."""
    line = told(message.text)
    return all(word in line for word in fold(slots.get("client_name", "")).split())


def hand_written(rows: Sequence[Mapping[str, Any]], source: str, rng: random.Random) -> Iterator[Labelled]:
    """Messages labelled by hand, each a little mistyped one time in two."""
    for row in rows:
        text = noisy(row["text"], rng, 0.5) if rng.random() < 0.5 and not row["slots"] else row["text"]
        reference = datetime.fromisoformat(row["reference_time"])
        message = MessageInContext(text, reference, row["asked_slot"], row["active_intent"], row["known_slots"])
        yield Labelled(message, row["intent"], row["slots"], source)


def _odds(template: Template) -> float:
    return float(template.weight * max(8, min(2 * size(template.text, {}), 110)) ** 0.5)


def _message(text: str, business: Business, day: date, active: str, asked: str, rng: random.Random) -> MessageInContext:
    moment = datetime.combine(day, time(rng.randrange(8, 22), rng.choice((0, 5, 20, 30, 45))), business.workspace.zone)
    return MessageInContext(text, moment, asked or None, active or None, _known(business, day, active, asked, rng))


def _known(business: Business, day: date, active: str, asked: str, rng: random.Random) -> dict[str, str]:
    """What might be known by now in a task."""
    if not active:
        return {}
    workspace = business.workspace
    values = {
        "service_type": rng.choice(workspace.service_names),
        "preferred_date": (day + timedelta(rng.randrange(1, 12))).isoformat(),
        "preferred_time": f"{rng.randrange(9, 19):02d}:{rng.choice((0, 30)):02d}",
        "staff_name": rng.choice(workspace.staff_names),
        "client_name": "Ana Paz",
        "booking_id": "PB-7K2M9Q",
    }
    share = rng.choice((0.0, 0.4, 0.8))
    return {slot: value for slot, value in values.items() if slot != asked and rng.random() < share}
