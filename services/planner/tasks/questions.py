"""A business's own questions: which are asked for a booking, and which answers count. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from turn.tasks import Dialogue
from workspace.model import Workspace
from workspace.parts.rules import LONGEST_ANSWER, Question

_YES = frozenset(("si", "sii", "sip", "dale", "claro", "obvio", "ok", "yes", "yep", "sim", "isso", "correcto", "vale"))
_NO = frozenset(("no", "nop", "nope", "nao", "nunca", "ninguno", "ninguna", "not"))
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")


def questions_for(services: Iterable[str], workspace: Workspace) -> tuple[Question, ...]:
    """What is asked before some services are booked, each question once."""
    asked = {one.key: one for name in services for one in workspace.rules(name).questions}
    return tuple(asked.values())


def answers_of(dialogue: Dialogue, questions: Sequence[Question]) -> dict[str, str]:
    """The answers that count, by key."""
    given = dict(dialogue.answers)
    read = {one.key: answer_to(one, given[one.key]) for one in questions if one.key in given}
    return {key: value for key, value in read.items() if value}


def answer_to(question: Question, text: str) -> str:
    """What a text says to a question; empty when it does not answer it."""
    words = _plain(text).split()
    match question.type:
        case "yes_no":
            said = next((word for word in words if word in _YES | _NO), "")
            return "yes" if said in _YES else "no" if said else ""
        case "number":
            found = _NUMBER.search(text)
            return found[0].replace(",", ".") if found else ""
        case "choice":
            return _chosen(question.choices, _plain(text))
        case _:
            return " ".join(text.split())[:LONGEST_ANSWER]


def _chosen(choices: Sequence[str], text: str) -> str:
    """The one choice that a text names whole, or by its number, or that has a word of it."""
    if text.isdigit() and 0 < int(text) <= len(choices):
        return choices[int(text) - 1]
    whole = [one for one in choices if f" {_plain(one)} " in f" {text} "]
    if not whole:
        words = {word for word in text.split() if len(word) > 2}
        whole = [one for one in choices if words & set(_plain(one).split())]
    return max(whole, key=len) if whole else ""


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFD", text.casefold())
    bare = "".join(char for char in letters if not unicodedata.combining(char))
    return " ".join(re.findall(r"\w+", bare))
