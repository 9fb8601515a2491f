"""The answer in the short form (extractor_v2_short) that a message should get, as code reads it: acts, services and
people by number, and the words of its days and hours. Only answers that the resolver reads back the same are given."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from extractor.meaning.first_form import first_form
from extractor.reading.message import MessageInContext, Reading
from extractor.reading.reader import Reader
from extractor.slm.model_reader import Sureness
from extractor.slm.short_reader import ShortReader
from extractor.text.normalised import fold
from extractor.when.calendar_words import spans_of
from runtime.models.backend import ModelError
from turn.meaning import ANY, Item, Meaning, kinds
from workspace.model import Workspace

MOST_ACTS = 4
_HELLO = MessageInContext("hola", datetime(2026, 3, 11, 13, tzinfo=UTC))
_JOINED = 4
"""Characters between two spans of days and hours that one copy may run over: "el viernes a las 5"."""
_POINTED = frozenset(("all", "both", "none", "another", "any"))


class ShortAnswers:
    """Writes the answers of one business's messages."""

    def __init__(self, workspace: Workspace, reader: Reader) -> None:
        """`reader` is the one by code."""
        self._workspace = workspace
        self._reader = reader
        self._model = ShortReader(workspace, reader, Sureness())

    @property
    def system(self) -> str:
        """The fixed part of every question."""
        return self._model.ask(_HELLO).system

    @property
    def business(self) -> str:
        """What comes next, the same for all messages of the business."""
        return self._model.ask(_HELLO).user.rpartition("\n")[0]

    def turn(self, message: MessageInContext) -> str:
        """What comes last: the turn and the message."""
        return self._model.ask(message).user.removeprefix(f"{self.business}\n")

    def answer(self, message: MessageInContext, intent: str) -> str | None:
        """What a model should write, as JSON, the intent being known; None where the short form cannot say it, or what
        it says is read otherwise than the message."""
        reading = self._reader.read_as(message, intent)
        meaning = reading.meaning
        if meaning is None or meaning.doubts or not meaning.acts:
            return None
        written = _written(meaning, message, self._workspace, self._words(message))
        if written is None:
            return None
        answer = json.dumps(written, ensure_ascii=False)
        return answer if self._is_read_the_same(answer, message, reading, intent) else None

    def _words(self, message: MessageInContext) -> list[str]:
        """The words of days and hours, in order; what stands close together as one."""
        look = self._reader.look(message)
        spans: list[tuple[int, int]] = []
        for start, end in sorted(spans_of(look.times)):
            if spans and start - spans[-1][1] <= _JOINED:
                spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
            else:
                spans.append((start, end))
        return [look.seen.line[start:end].strip() for start, end in spans]

    def _is_read_the_same(self, answer: str, message: MessageInContext, reading: Reading, intent: str) -> bool:
        try:
            said = self._model.parse(answer, message)
        except ModelError:
            return False
        own = reading.meaning or Meaning()
        got = said.meaning or Meaning()
        first = first_form(own, message.active_intent, message.known)
        same = (set(got.days), set(got.times), kinds(got.acts)) == (set(own.days), set(own.times), kinds(own.acts))
        return same and said.intent == intent and {**said.slots} == {**first.slots}


def _written(meaning: Meaning, message: MessageInContext, workspace: Workspace, words: Sequence[str]) -> str | None:
    acts = kinds(meaning.acts)
    if len(acts) + len(meaning.subjects) > MOST_ACTS or len(meaning.items) > 2 or len(words) > 2:
        return None
    if any(item.days or item.times for item in meaning.items):  # whose words are whose is not told here
        return None
    parts = [*_items(meaning.items, workspace)]
    when = [f"w {one}" for one in words] if meaning.days or meaning.times else []
    if len(parts) == 1 and len(when) == 1:
        parts, when = [f"{parts[0]} {when[0]}"], []
    pointed = list(_pointed(meaning, message))
    if len(pointed) != len(meaning.refers_to):
        return None
    name = next((fold(datum.value) for datum in meaning.data if datum.slot == "client_name"), "")
    people = [f"x{meaning.people.count}{'+' if meaning.people.writer else ''}"] if meaning.people else []
    named = [f"n {name}"] if name else []
    return ";".join([" ".join([*acts, *meaning.subjects]), *parts, *when, *pointed, *named, *people])


def _items(items: Sequence[Item], workspace: Workspace) -> Iterator[str]:
    services, staff = workspace.service_names, workspace.staff_names
    for item in items:
        told = [f"s{services.index(item.service) + 1}"] if item.service in services else []
        told += ["p0" if name == ANY else f"p{staff.index(name) + 1}" for name in item.staff if name in (*staff, ANY)]
        told += [f"!p{staff.index(name) + 1}" for name in item.not_staff if name in staff]
        if told:
            yield " ".join(told)


def _pointed(meaning: Meaning, message: MessageInContext) -> Iterator[str]:
    ids = [one.id for one in message.known.appointments]
    for one in meaning.refers_to:
        kind, _, which = one.partition(":")
        if kind == "offer" and which.isdigit() and int(which) <= 9:
            yield f"o{which}"
        elif kind == "appointment" and which in ids[:9]:
            yield f"t{ids.index(which) + 1}"
        elif one in _POINTED:
            yield one
