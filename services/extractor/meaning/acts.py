"""What a message does, in order: acts said in fixed phrases, by the intent, by what was asked and by what it gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from extractor.meaning.packs import PhrasePack
from extractor.text.normalised import MASK
from turn.meaning import Act

PHRASED = ("greet", "thank", "bye", "person", "complain", "late", "arrived")
"""Acts that are labelled wherever they are said."""
_PRIORITY = (
    "bot", "own_appointments", "health", "policy", "promotions", "duration", "preparation", "parking", "payment",
    "proof", "who", "price", "hours", "address", "products", "other",
)  # fmt: skip
"""Of two subjects in the same words the first one counts."""
_OF_TOPIC = {
    "address": "address", "payment": "payment", "my_appointment": "own_appointments", "promotions": "promotions",
    "packages": "promotions", "duration": "duration", "staff": "who", "not_offered": "other",
}  # fmt: skip
_OF_INTENT = {"info_prices": "price", "info_hours": "hours", "info_services": "other"}
_LOOSE = frozenset(("hours", "other", "who", "products", "own_appointments", "address", "proof", "price"))
"""Subjects whose words may stand in a wish, too."""


_OVER = {"preparation": frozenset({"health"}), "proof": frozenset({"bot"}), "products": frozenset({"health"})}
"""Subjects that do not count beside others, in whose questions their words stand, too."""


@dataclass(frozen=True)
class Span:
    """A phrase that was found."""

    name: str
    start: int
    end: int


def phrases(line: str, packs: Sequence[PhrasePack], names: Sequence[str]) -> dict[str, Span]:
    """The first place of each act that is said in a fixed phrase."""
    found: dict[str, Span] = {}
    for pack in packs:
        for name in names:
            match = pack.acts[name].search(line) if name in pack.acts and name not in found else None
            if match:
                found[name] = Span(name, match.start(), match.end())
    return found


def cue(line: str, packs: Sequence[PhrasePack], name: str) -> Span | None:
    """The first place of a cue, in any of some languages."""
    for pack in packs:
        match = pack.cues[name].search(line) if name in pack.cues else None
        if match:
            return Span(name, match.start(), match.end())
    return None


def subjects(line: str, packs: Sequence[PhrasePack], intent: str, topic: str | None) -> list[Span]:
    """What a message asks about, in order. By its intent where no words of a subject are found."""
    taken: list[Span] = []
    asks = (
        "?" in line
        or intent not in ("book", "cancel", "reschedule")
        or cue(line, packs, "indirect_question") is not None
    )
    left = line
    for name in _PRIORITY:
        if name in _LOOSE and not asks:
            continue
        for pack in packs:
            match = pack.subjects[name].search(left) if name in pack.subjects else None
            if match:
                taken.append(Span(name, match.start(), match.end()))
                left = left[: match.start()] + MASK * (match.end() - match.start()) + left[match.end() :]
                break
    names = {one.name for one in taken}
    taken = [one for one in taken if not names & _OVER.get(one.name, frozenset())]
    if len(taken) > 1:
        taken = [one for one in taken if one.name != "other"]
    if not taken:
        topical = _OF_TOPIC.get(topic or "", "") if intent.startswith("info") or intent == "other" else ""
        told = topical or _OF_INTENT.get(intent, "")
        taken = [Span(told, 0, 0)] if told else []
    return sorted(taken, key=lambda one: one.start)


def in_order(acts: Mapping[str, int]) -> tuple[Act, ...]:
    """Acts by where they are said."""
    return tuple(Act(kind, at, at) for kind, at in sorted(acts.items(), key=lambda pair: pair[1]))
