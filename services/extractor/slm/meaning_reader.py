"""One workspace's reading by a model in the second form (extractor_v2): what a message does, in the model's judgement;
its days and hours, in words of the message that code resolves as it resolves any."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from extractor.catalogue.branches import with_branch
from extractor.catalogue.knowledge import with_known
from extractor.meaning.first_form import first_form
from extractor.meaning.labels import DATA_SLOTS
from extractor.reading.message import MessageInContext, Reading
from extractor.slm.asking import AMBIGUOUS, doubts_intent, mended
from extractor.slm.confidence import part_probability
from extractor.slm.model_reader import SURE_SLOT, ModelReader, Said
from extractor.slm.style import Style, StyleName, second_form
from extractor.text.normalised import view
from runtime.models.backend import Completion, ModelError
from turn.meaning import (
    NOTHING,
    NOTHING_KNOWN,
    WRITER,
    Act,
    Doubt,
    GivenDatum,
    Item,
    Known,
    Meaning,
    People,
)
from workspace.model import Workspace
from workspace.schemas import fill_names

NAME = "extractor_v2"
SCHEMA: Mapping[str, Any] = json.loads(Path(__file__).parents[1].joinpath("extractor_v2.json").read_text("utf-8"))
"""extractor_v2 as written, with $services and $staff not yet filled in."""


class MeaningReader(ModelReader):
    """Asks about and reads the messages of one workspace's customers in the second form."""

    name = NAME

    @staticmethod
    def schema_of(workspace: Workspace) -> dict[str, Any]:
        """The schema of an answer."""
        return fill_names(SCHEMA, workspace)

    @staticmethod
    def style_of(name: StyleName) -> Style:
        """How a model is asked: with examples of the second form."""
        return second_form()

    def parse(self, text: str, message: MessageInContext) -> Said:
        """What a model wrote, its days and hours resolved. Raises ModelError for what is no JSON, breaks the schema,
        names a place in a list that is shorter ("schema") or words that the message does not have ("not_said")."""
        document = self.document(text)
        meaning = self._meaning(document, message)
        first = first_form(meaning, message.active_intent, message.known)
        return Said(first.intent, first.slots, meaning)

    def probability(self, completion: Completion, said: Said) -> float | None:
        """The probability that the model gave to the acts that it wrote."""
        return part_probability(completion, "acts")

    def sure(self, completion: Completion, said: Said) -> Mapping[str, str]:
        """All values: they are names of the manifest, or come from words of the message."""
        return said.slots

    def meaning_of(
        self, completion: Completion, said: Said, slots: Mapping[str, str], code: Reading, *, mends: bool
    ) -> Meaning | None:
        """What the model says, with code's data, references, branch and known question, which win. It is not sure where
        the two disagree about days or hours, or where the model alone names a service or staff and is not sure of it
        itself."""
        own, meaning = code.meaning or NOTHING, said.meaning or NOTHING
        by_code = {one.slot for one in own.data}
        credible = [one for one in meaning.data if slots.get(one.slot) and one.slot not in by_code]
        doubts = [*meaning.doubts, *(one for one in own.doubts if one.part == "data"), *_disagreements(meaning, own)]
        if not _named(meaning) <= _named(own) and (self.items_probability(completion) or 0.0) < SURE_SLOT:
            doubts.append(AMBIGUOUS)
        if mends:
            sure_acts = not doubts_intent(code, self._sureness.threshold)
            return mended(own, replace(meaning, doubts=tuple(doubts)), sure_acts=sure_acts)
        both = replace(
            meaning,
            refers_to=own.refers_to or meaning.refers_to,
            data=(*own.data, *(replace(one, value=slots[one.slot]) for one in credible)),
            doubts=tuple(dict.fromkeys(doubts)),
        )
        at_branch = next((item.staff for item in own.items if len(item.staff) > 1), ())
        return with_known(with_branch(both, at_branch), next(iter(own.knowledge), ""))

    def items_probability(self, completion: Completion) -> float | None:
        """The probability that the model gave to the items that it wrote; None when it cannot be told."""
        return part_probability(completion, "items")

    def _meaning(self, document: Mapping[str, Any], message: MessageInContext) -> Meaning:
        acts = tuple(Act(kind, 0, 0) for kind in document["acts"])
        refers_to = tuple(self._reference(one, message) for one in document.get("refers_to", ()))
        about = _about(acts, refers_to, message)
        whole = self._resolved(document.get("when", ()), about, message)
        parts = [self._resolved(one.get("when", ()), about, message) for one in document.get("items", ())]
        items = (_item(one, part, message) for one, part in zip(document.get("items", ()), parts, strict=True))
        people = document.get("people")
        return Meaning(
            acts=acts,
            days=whole.days,
            times=whole.times,
            items=tuple(item for item in items if item != Item()),
            people=People(people["count"], people["writer"]) if people else None,
            refers_to=refers_to,
            told_which=bool(refers_to),
            subjects=tuple(document.get("subject", ())),
            data=tuple(GivenDatum(DATA_SLOTS[name], value) for name, value in document.get("data", {}).items()),
            doubts=tuple(doubt for part in (whole, *parts) for doubt in part.doubts),
        )

    def _reference(self, text: str, message: MessageInContext) -> str:
        """A reference with the id of an appointment instead of its place in the list that the model was told."""
        kind, _, place = text.partition(":")
        listed: Sequence[object] = message.known.offers if kind == "offer" else message.known.appointments
        if not place:
            return text
        if int(place) > len(listed):
            raise ModelError("schema")
        return text if kind == "offer" else f"appointment:{message.known.appointments[int(place) - 1].id}"

    def _resolved(self, phrases: Sequence[str], about: "_About", message: MessageInContext) -> "_When":
        """The constraints that phrases of the message make, read one by one as the code reads them in a wish."""
        words = set(view(message.text).line.split())
        found = [_NO_TIME]
        for phrase in phrases:
            if not set(view(phrase).line.split()) <= words:
                raise ModelError("not_said")
            alone = replace(message, text=phrase, active_intent=about.active, known=about.known)
            read = self._reader.read_as(alone, about.intent).meaning or NOTHING
            found.append(
                _When(read.days, read.times, tuple(one for one in read.doubts if one.part in ("days", "times")))
            )
        return _When(
            tuple(dict.fromkeys(day for one in found for day in one.days)),
            tuple(dict.fromkeys(time for one in found for time in one.times)),
            tuple(replace(doubt, start=0, end=0) for one in found for doubt in one.doubts),
        )


@dataclass(frozen=True)
class _When:
    """What some phrases say of days and hours."""

    days: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()


_NO_TIME = _When()


@dataclass(frozen=True)
class _About:
    """What days and hours are said about: a wish, or the appointment that changes (relative ones count from it)."""

    intent: str
    active: str | None
    known: Known


def _about(acts: Sequence[Act], refers_to: Sequence[str], message: MessageInContext) -> _About:
    if not any(act.kind == "change" for act in acts):
        return _About("book", "book", NOTHING_KNOWN)
    changed = [one for one in message.known.appointments if f"appointment:{one.id}" in refers_to]
    appointments = tuple(changed) or message.known.appointments
    return _About("reschedule", None, replace(NOTHING_KNOWN, appointments=appointments))


def _item(told: Mapping[str, Any], when: _When, message: MessageInContext) -> Item:
    return Item(
        service=told.get("service", ""),
        staff=tuple(told.get("staff", ())),
        not_staff=tuple(told.get("not_staff", ())),
        who=_who(told.get("who", ""), message),
        days=when.days,
        times=when.times,
    )


def _who(told: str, message: MessageInContext) -> str:
    """Who a model says that something is for, where the message has those words."""
    words = set(view(message.text).line.split())
    return told if told == WRITER or set(view(told).line.split()) <= words else ""


def _named(meaning: Meaning) -> frozenset[str]:
    """The services and staff that are wanted."""
    return frozenset(name for item in meaning.items for name in (item.service, *item.staff) if name)


def _disagreements(meaning: Meaning, own: Meaning) -> Iterator[Doubt]:
    for part, told, read in (("days", meaning.days, own.days), ("times", meaning.times, own.times)):
        if told and read and set(told) != set(read):
            yield Doubt(part, "two_ways")
