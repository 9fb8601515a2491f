"""Answers to a business's own questions: the whole message is one, unless it says something else. Pure."""

import re
from dataclasses import replace
from datetime import date

from gateway.domain.turn_types import Extraction
from turn import steps
from turn.constraints import is_date
from turn.meaning import Act, Meaning
from turn.tasks import Dialogue
from turn.vocabulary import ActKind, Topic

MOST_KEPT = 16
"""Answers that a conversation remembers."""
LONGEST = 200
"""Characters of an answer that are kept."""
_NUMBERED = re.compile(r"[^\W\d_]-?\d")
OWN_ANSWER = Meaning(acts=(Act(ActKind.GIVE.value, 0, 0),))
"""What a message means that answers such a question: nothing in it is a day, an hour or a name."""
_SOMETHING_ELSE = (
    ActKind.PERSON, ActKind.COMPLAIN, ActKind.STOP, ActKind.DEFER, ActKind.CANCEL, ActKind.CHANGE, ActKind.UNDO,
    ActKind.BYE,
)  # fmt: skip


def is_own_answer(dialogue: Dialogue, meaning: Meaning, extraction: Extraction, text: str, today: date) -> bool:
    """Whether a message answers the question of the business's own that was asked last: not one that asks or does
    something else, nor one that only says when, of days to come ("mejor a las 11")."""
    front = dialogue.front
    if front is None or not steps.question_of(front.asked) or not text.strip():
        return False
    asks = "?" in text or (meaning.does(ActKind.ASK) and bool(meaning.subjects or meaning.knowledge))
    elsewhere = extraction.topic in (Topic.ABANDON, Topic.HUMAN, Topic.COMPLAINT, Topic.MEDIA)
    return not asks and not elsewhere and not meaning.does(*_SOMETHING_ELSE) and not _says_when(meaning, text, today)


def _says_when(meaning: Meaning, text: str, today: date) -> bool:
    """Whether a message gives a day or an hour, and nothing else; a number behind letters (ABC-11-22) is neither."""
    more = meaning.items or meaning.people or meaning.data or meaning.unread or meaning.doubts
    past = any(is_date(text) and date.fromisoformat(text) < today for text in meaning.days)
    return bool(meaning.days or meaning.times) and not more and not past and not _NUMBERED.search(text)


def with_own_answer(dialogue: Dialogue, text: str) -> Dialogue:
    """The dialogue with an answer to the question that was asked last."""
    front = dialogue.front
    key = steps.question_of(front.asked) if front else ""
    said = " ".join(text.split())[:LONGEST]
    kept = tuple(one for one in dialogue.answers if one[0] != key)
    return replace(dialogue, answers=(*kept, (key, said))[-MOST_KEPT:])
