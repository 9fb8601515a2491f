"""The intent of a message in a language that the trained model does not know, from that language's phrases. Pure."""

from collections.abc import Mapping

from extractor.meaning.packs import PhrasePack
from extractor.reading.message import INTENTS
from turn.vocabulary import Polarity

_ACTS: Mapping[str, tuple[str, float]] = {
    "wish": ("book", 1.8),
    "availability": ("book", 2.5),
    "change_words": ("reschedule", 4.0),
    "cancel_words": ("cancel", 4.0),
    "greet": ("greeting", 1.3),
    "thank": ("chitchat", 1.4),
    "bye": ("chitchat", 1.4),
    "smalltalk": ("chitchat", 1.2),
    "confirm": ("chitchat", 0.8),
    "person": ("other", 4.0),
    "complain": ("other", 4.0),
    "late": ("other", 4.0),
    "arrived": ("other", 4.0),
    "offtopic": ("other", 3.0),
}
"""What a phrase of an act adds to an intent's score."""
_SUBJECTS: Mapping[str, str] = {
    "price": "info_prices",
    "promotions": "info_prices",
    "hours": "info_hours",
    "duration": "info_services",
    "who": "info_services",
    "preparation": "info_services",
    "health": "info_services",
    "other": "info_services",
    "bot": "chitchat",
}
"""The intent of a question by its subject; that of all others is `other`."""
ASKED, MENTIONED = 4.0, 1.2
"""What the words of a subject add in a question, and without one."""
_CUES: Mapping[str, str] = {
    "person": "human", "complain": "complaint", "late": "late", "address": "address", "payment": "payment",
    "own_appointments": "my_appointment", "duration": "duration", "who": "who", "promotions": "promo",
    "thank": "thanks", "bye": "goodbye", "availability": "availability",
}  # fmt: skip
"""Names of cue words (cues.yaml) that say the same."""


TIMED = 1.2
"""What days or hours, those that name no single one among them, add to a booking where nothing else is said: "dopo le
18"."""
MOVED = 1.5
"""What a change gains over a cancellation said beside it: "non posso venire, facciamo venerdì"."""


def scan(line: str, pack: PhrasePack, *, timed: bool = False) -> tuple[frozenset[str], dict[str, float]]:
    """The names of what a line says in a language's phrases, and the intents' scores from them. `timed` tells whether
    it says a day or an hour."""
    acts = {name for name in _ACTS if name in pack.acts and pack.acts[name].search(line)}
    subjects = {name for name, pattern in pack.subjects.items() if pattern.search(line)}
    if subjects - {"other"}:
        subjects.discard("other")
    if "own_appointments" in subjects:
        subjects.discard("hours")
    asks = "?" in line or _says(pack, "indirect_question", line)
    scores = dict.fromkeys(INTENTS, 0.0)
    scores["book"] += TIMED * (timed and not subjects and acts <= {"greet", "wish"})
    scores["reschedule"] += MOVED * ({"change_words", "cancel_words"} <= acts)
    for name in acts:
        intent, weight = _ACTS[name]
        scores[intent] += weight
    for name in subjects:
        scores[_SUBJECTS.get(name, "other")] += ASKED if asks else MENTIONED
    return frozenset(_CUES.get(name, name) for name in acts | subjects), scores


def polarity(line: str, pack: PhrasePack) -> Polarity | None:
    """Yes, no or neither, by what a language answers with."""
    if _says(pack, "answer_no", line):
        return Polarity.DENY
    return Polarity.AFFIRM if _says(pack, "answer_yes", line) else None


def _says(pack: PhrasePack, cue: str, line: str) -> bool:
    return cue in pack.cues and pack.cues[cue].search(line) is not None
