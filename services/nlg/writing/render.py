"""A reply as phrases with the rest of its fields, and its rendering: one message of at most MAX_CHARS characters, or of
at most LIST_CHARS where it lists several things."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from nlg.turn import Tone
from nlg.writing.phrases import Phrases, placeholders
from turn.model import Offer
from turn.vocabulary import HandoverReason, Stage

MAX_CHARS = 199
"""Longest message, in characters."""
LIST_CHARS = 480
"""Longest message that lists two or more appointments, services or prices."""
_CLIPPED = frozenset({"service", "staff", "name", "business", "address", "payment", "contact", "item", "description"})
"""Values that may be shortened; dates, times, prices and ids may not."""
_CAPS = (90, 30)
"""Lengths to which values are shortened before the next shorter wording is tried."""
_LAST_CAPS = (20, 10)
"""Lengths to which values are shortened when no wording fits."""
_NOISE = re.compile(r"[?¿!¡\x00-\x1f\x7f]+")


@dataclass(frozen=True)
class Say:
    """One phrase with its values. An optional one is dropped when the message gets too long."""

    key: str
    values: Mapping[str, str] = field(default_factory=dict)
    optional: bool = False
    line: bool = False
    """Whether it begins a line of its own."""


@dataclass(frozen=True)
class Draft:
    """Phrases with their values, and the other fields of the reply."""

    parts: tuple[Say, ...]
    stage: Stage = Stage.INICIO
    tone: Tone = Tone.FRIENDLY
    quick_replies: tuple[str, ...] = ()
    requires_human: bool = False
    handover_reason: HandoverReason | None = None
    offers: tuple[Offer, ...] = ()
    lists: int = 0
    """How many appointments, services or prices it lists."""

    def before(self, question: "Draft | None", line: bool = False) -> "Draft":
        """This draft followed by a question; stage and answers are the question's."""
        if question is None:
            return self
        first, *rest = question.parts
        return replace(
            question,
            parts=(*self.parts, replace(first, line=line or first.line), *rest),
            tone=self.tone,
            quick_replies=question.quick_replies or self.quick_replies,
            requires_human=self.requires_human,
            handover_reason=self.handover_reason,
            lists=max(self.lists, question.lists),
        )


def longest(lists: int) -> int:
    """The longest message that lists so many things, in characters."""
    return LIST_CHARS if lists > 1 else MAX_CHARS


def write(parts: Sequence[Say], phrases: Phrases, lists: int = 0) -> str:
    """The message: parts dropped from the end first, then shorter wordings, then shortened values."""
    most = longest(lists)
    kept = tuple(parts)
    depth = max((len(phrases.variants[part.key]) for part in kept), default=1)
    if most > MAX_CHARS:  # a list that fits into an ordinary message is one
        for fewer in _fewer_and_fewer(kept):
            text = _join(fewer, phrases, 0, _CAPS[0])
            if 0 < len(text) <= MAX_CHARS:
                return text
    for fewer in _fewer_and_fewer(kept):
        for level in range(1 if _has_optional(fewer) else depth):
            for cap in _CAPS:
                text = _join(fewer, phrases, level, cap)
                if 0 < len(text) <= most:
                    return text
    bare = tuple(part for part in kept if not part.optional) or kept
    for cap in _LAST_CAPS:
        text = _join(bare, phrases, depth, cap)
        if 0 < len(text) <= most:
            return text
    return text[: most - 1].rstrip() + "…" if text else phrases.fixed("not_understood_short")


def clean(text: str, limit: int) -> str:
    """A foreign text as part of ours: one line, no question or exclamation marks, not too long."""
    flat = " ".join(_NOISE.sub(" ", text).split())
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…"


def _has_optional(parts: Sequence[Say]) -> bool:
    return any(part.optional for part in parts)


def _fewer_and_fewer(parts: tuple[Say, ...]) -> list[tuple[Say, ...]]:
    """The parts, then without the last optional one, and so on."""
    steps = [parts]
    while _has_optional(steps[-1]):
        last = max(index for index, part in enumerate(steps[-1]) if part.optional)
        steps.append(steps[-1][:last] + steps[-1][last + 1 :])
    return steps


def _join(parts: Sequence[Say], phrases: Phrases, level: int, cap: int) -> str:
    text = ""
    for part in parts:
        said = _fill(phrases.variants[part.key], part.values, level, cap)
        text += ("\n" if part.line else " ") + said if text and said else said
    return text


def _fill(variants: Sequence[str], values: Mapping[str, str], level: int, cap: int) -> str:
    """The first wording from number `level` on whose values are all known."""
    known = {
        name: clean(value, cap if name in _CLIPPED else MAX_CHARS) for name, value in values.items() if value.strip()
    }
    for text in variants[min(level, len(variants) - 1) :]:
        if placeholders(text) <= known.keys():
            return text.format_map(known)
    return ""
