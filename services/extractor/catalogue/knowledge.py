"""Which of a business's own questions (`knowledge` in its manifest) a message asks: the one whose wordings share most
words with it. Words are compared by their beginnings, so that inflections count; small words do not count."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from extractor.text.normalised import plain
from turn.meaning import Act, Meaning
from turn.vocabulary import ActKind, Subject
from workspace.model import Workspace

_WORD = re.compile(r"[a-z0-9]+")
_SMALL = frozenset(
    """
    que como cual cuales donde cuando cuanto cuanta hay tienen tiene tenes tienes teneis son esta estan para por con los
    las del una uno unos unas sus mis nos les the and are you your can what where how does have there for tem voces voce
    qual onde como uma uns com hola buenas buen dia dias tardes gracias ustedes algun alguna puedo puede pueden se es de
    la el lo me te mi tu su a y o en al ola oi hi hello please favor consulta quiero saber queria quisiera hacer hago
    pregunta
    """.split()  # noqa: SIM905 - a list of words
)
"""Words that say nothing of what a question is about."""
_BEGINNING = 5
"""Letters by which two words are the same."""
_OF_WORDING, _OF_MESSAGE = 0.6, 0.5
"""Least part of a wording's words, and of the message's, that must be in the other."""
_NOISE = (ActKind.OFFTOPIC, ActKind.SMALLTALK)
LONGEST = 24
"""Words of a message that is compared."""


@dataclass(frozen=True)
class _Entry:
    name: str
    """The first wording, as the manifest has it."""
    wordings: tuple[frozenset[str], ...]


class Knowledge:
    """The questions of one business."""

    def __init__(self, workspace: Workspace) -> None:
        entries = [_Entry(one.questions[0], tuple(map(_words, one.questions))) for one in workspace.knowledge]
        self._entries = tuple(entries)

    def asked(self, text: str) -> str:
        """The question that a message asks, by its first wording; empty for none."""
        said = _words(text)
        if not said or len(said) > LONGEST:
            return ""
        found = [(_likeness(said, words), entry.name) for entry in self._entries for words in entry.wordings]
        best, name = max(found, default=(0.0, ""))
        return name if best else ""


def _words(text: str) -> frozenset[str]:
    found = _WORD.findall(plain(text))
    return frozenset(word[:_BEGINNING] for word in found if word not in _SMALL and len(word) > 1)


def _likeness(said: frozenset[str], wording: Iterable[str]) -> float:
    """How much a message and a wording have in common; 0 for too little."""
    words = frozenset(wording)
    both = len(said & words)
    if not both or both / len(words) < _OF_WORDING or both / len(said) < _OF_MESSAGE:
        return 0.0
    return both / len(words) + both / len(said)


def with_known(meaning: Meaning, question: str) -> Meaning:
    """A meaning that asks a question of the business's own, with the wishes and values that it has besides; as it is
    when it asks none."""
    if not question:
        return meaning
    kept = tuple(act for act in meaning.acts if act.kind not in _NOISE)
    asks = () if any(act.kind == ActKind.ASK for act in kept) else (Act(ActKind.ASK.value, 0, 0),)
    other = (Subject.OTHER.value,)
    return replace(meaning, acts=(*kept, *asks), subjects=other, unread=(), doubts=(), knowledge=(question,))
