"""Which messages a language model is asked about: all of them, or those that code is not sure of. Pure."""

import zlib
from dataclasses import dataclass, replace
from typing import Literal

from extractor.reading.message import MessageInContext, Reading
from turn.meaning import NOTHING, Doubt, Meaning, kinds

When = Literal["always", "unsure"]
_MENDABLE = frozenset({"unread", "ambiguous"})
"""Doubts of code about what it has read. All others are about what the customer said, and only they can settle them."""
_CLOSE = 0.5
"""How near another intent's probability comes to that of the likeliest where neither is better."""


@dataclass(frozen=True)
class Asking:
    """When to ask."""

    when: When = "always"
    below: float = 0.7
    """Confidence in the intent under which code is not sure."""
    shadow_percent: int = 0
    """Of the messages that nobody would be asked about, how many are asked about all the same, and counted."""

    def why(self, reading: Reading) -> str:
        """Why a model is asked, given what code has read; empty when it is not."""
        return "always" if self.when == "always" else why_unsure(reading, self.below)

    def is_sampled(self, message: MessageInContext) -> bool:
        """Whether a message that code is sure of is asked about, to learn whether it should be. The same message at the
        same moment is always answered alike."""
        seed = f"{message.reference.isoformat()} {message.text}"
        return zlib.crc32(seed.encode("utf-8", "replace")) % 100 < self.shadow_percent


def why_unsure(reading: Reading, below: float) -> str:
    """What of its own reading code is not sure of: `intent`, `two_ways`, `doubt` or `unread`; empty for nothing."""
    meaning = reading.meaning or NOTHING
    nearest = max((score for _, score in reading.alternatives), default=0.0)
    if reading.confidence < below:
        return "intent"
    if nearest > _CLOSE * reading.confidence or reading.service_candidates:
        return "two_ways"
    if any(doubt.reason in _MENDABLE for doubt in meaning.doubts):
        return "doubt"
    return "unread" if meaning.unread else ""


def doubts_intent(reading: Reading, below: float) -> bool:
    """Whether it is the intent that code is not sure of."""
    return why_unsure(replace(reading, meaning=None, service_candidates=()), below) != ""


def mended(code: Meaning, model: Meaning, *, sure_acts: bool) -> Meaning:
    """What code read, with the model's parts where code has none or doubts them. `sure_acts` says that code's acts
    stand. What code doubted and the model has read is no longer doubted for being unread; everything else stays."""
    open_parts = {doubt.part for doubt in code.doubts if doubt.reason in _MENDABLE}
    parts = ("days", "times", "items", "refers_to", "subjects")
    taken = {
        part: getattr(model, part)
        for part in parts
        if getattr(model, part) and (not getattr(code, part) or part in open_parts)
    }
    acts = code.acts if sure_acts or not model.acts else model.acts
    doubts = tuple(one for one in code.doubts if not (one.reason in _MENDABLE and one.part in taken))
    merged = replace(code, **taken, acts=acts, people=code.people or model.people)
    told = (*doubts, *(one for one in model.doubts if one.part in taken))
    return replace(merged, doubts=tuple(dict.fromkeys(told)), unread=() if taken else code.unread)


def outcome(code: Reading, model: Reading | None) -> str:
    """What asking about a message in shadow would have changed: `failed`, `same`, `intent`, `values` or `doubt`."""
    if model is None:
        return "failed"
    if model.intent != code.intent:
        return "intent"
    own, other = code.meaning or NOTHING, model.meaning or NOTHING
    if model.slots != code.slots or _values(own) != _values(other):
        return "values"
    return "same" if own.sure == other.sure else "doubt"


def _values(meaning: Meaning) -> tuple[object, ...]:
    return (kinds(meaning.acts), meaning.days, meaning.times, meaning.items, meaning.refers_to)


AMBIGUOUS = Doubt("items", "ambiguous")
"""A service or person that only the model has named, and is not sure of."""
