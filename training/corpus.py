"""Generates the labelled corpus from the templates: the same seed gives the same corpus."""

import random
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from extractor.intent.intent_text import NO_LEXICON, Lexicon
from training.augment import noisy
from training.grammar import expand, size
from training.reserve import digest, reserved
from training.templates import SLOTS, Template, Vertical, read_templates, read_verticals

SEED = 20260311
_FLOW_SLOTS = {
    "book": (*SLOTS[:6], *SLOTS[:6], "client_phone", ""),
    "cancel": ("booking_id", "booking_id", "client_phone", "", ""),
    "reschedule": ("booking_id", "preferred_date", "preferred_date", "preferred_time", "preferred_time", "", ""),
}
_HELD_OUT_SHARE = 10


@dataclass(frozen=True)
class Example:
    """One labelled message in its context."""

    text: str
    asked_slot: str
    active_intent: str
    intent: str
    topic: str
    template: str
    """Key of the template it comes from."""
    lexicon: Lexicon
    weight: float
    vertical: str
    """Id of the line of business that it speaks of."""


def generate(seed: int = SEED, scale: float = 1.0) -> Iterator[Example]:
    """Every example, in the order of the templates. `scale` makes the corpus larger or smaller."""
    verticals = read_verticals()
    lexicons = {vertical.id: _lexicons(vertical, random.Random(f"{seed} {vertical.id}")) for vertical in verticals}
    forbidden = reserved()
    for template in read_templates():
        rng = random.Random(f"{seed} {template.key} {template.text}")
        seen: set[tuple[str, str, str]] = set()
        wanted = round(scale * _wanted(template, verticals[0]))
        for _ in range(wanted):
            vertical = rng.choices(verticals, [vertical.weight for vertical in verticals])[0]
            example = _example(template, vertical, rng.choice(lexicons[vertical.id]), rng, wanted)
            mark = (example.text, example.asked_slot, example.active_intent)
            if mark not in seen and example.text and digest(example.text) not in forbidden:
                seen.add(mark)
                yield example


def is_held_out(template: str) -> bool:
    """Whether a template's examples are kept apart, to calibrate and to measure on."""
    return zlib.crc32(template.encode()) % _HELD_OUT_SHARE == 0


def _wanted(template: Template, vertical: Vertical) -> int:
    """How many examples a template gives: more for those that say more, but not in proportion."""
    possible = size(template.text, vertical.parts)
    return max(8, min(2 * possible, 110))


def _example(template: Template, vertical: Vertical, lexicon: Lexicon, rng: random.Random, wanted: int) -> Example:
    text = noisy(expand(template.text, vertical.parts, rng), rng, rng.choice((0.0, 0.3, 0.7, 1.0)))
    active, asked = context_of(template, rng)
    intent = active if template.label == "flow" else template.label
    return Example(
        text, asked, active, intent, template.topic, template.key, lexicon, template.weight / wanted**0.5, vertical.id
    )


def context_of(template: Template, rng: random.Random) -> tuple[str, str]:
    """The task under way and the slot asked for."""
    if template.context not in ("flow", "open", "mixed"):
        active = template.context
    elif template.context == "flow":
        active = rng.choices(("book", "cancel", "reschedule"), _flow_odds(template))[0]
    else:
        share = 0.4 if template.context == "mixed" else 0.2
        active = _other_flow(template.label, rng) if rng.random() < share else ""
    if not active:
        return "", ""
    asked = template.asked
    if asked == "any" or rng.random() < 0.12:
        asked = rng.choice(_FLOW_SLOTS.get(active, ("",)))
    elif rng.random() < 0.12:
        asked = ""
    return active, asked


def _flow_odds(template: Template) -> tuple[float, float, float]:
    """Which task an answer belongs to, given what was asked."""
    if template.asked == "booking_id":
        return 0.0, 0.55, 0.45
    if template.asked in ("service_type", "client_email", "staff_name"):
        return 0.94, 0.02, 0.04
    return (0.6, 0.15, 0.25) if template.asked in ("any", "client_phone") else (0.68, 0.02, 0.3)


def _other_flow(label: str, rng: random.Random) -> str:
    """A task in whose middle somebody may say this and mean it."""
    if label == "book":
        return "book"
    if label in ("cancel", "reschedule"):
        return rng.choice((label, label, "book"))
    return rng.choice(("book", "book", "cancel", "reschedule"))


def _lexicons(vertical: Vertical, rng: random.Random) -> list[Lexicon]:
    """What a workspace might know of its words: all, most, or none of them."""
    full = Lexicon(vertical.services, vertical.not_offered, vertical.staff)
    partial = [
        Lexicon(*(_most(words, rng) for words in (vertical.services, vertical.not_offered, vertical.staff)))
        for _ in range(3)
    ]
    return [full, full, full, *partial, NO_LEXICON]


def _most(words: tuple[str, ...], rng: random.Random) -> list[str]:
    return [word for word in words if rng.random() > 0.25]
