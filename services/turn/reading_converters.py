"""Turns readings, and what a message may be about, into the contract's messages (`…_to`) and back (`…_from`)."""

from collections.abc import Iterable
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any, TypeVar

from pulpo.common.v1 import reading_pb2
from turn.meaning import (
    Act,
    Done,
    Doubt,
    GivenDatum,
    Item,
    Known,
    KnownAppointment,
    Meaning,
    OfferedTime,
    People,
)
from turn.vocabulary import ActKind, HowGiven, Subject

E = TypeVar("E", bound=StrEnum)


def value_of(wrapper: Any, prefix: str, number: int, kind: type[E]) -> E:
    """The word of a number of the contract; `unspecified` for one that this version does not know."""
    word: E = _words(wrapper, prefix, kind).get(number, kind.__members__["UNSPECIFIED"])
    return word


@cache
def _words(wrapper: Any, prefix: str, kind: type[StrEnum]) -> dict[int, Any]:
    """The words of the numbers that have one here."""
    words = {number: kind.__members__.get(name.removeprefix(prefix)) for name, number in wrapper.items()}
    return {number: word for number, word in words.items() if word is not None}


@lru_cache(maxsize=256)
def act_kind_to(value: ActKind) -> reading_pb2.ActKind.ValueType:
    """The number of what a message does."""
    return reading_pb2.ActKind.Value(f"ACT_KIND_{value.name}")


@lru_cache(maxsize=256)
def act_kind_from(number: int) -> ActKind:
    """What a message does, by its number."""
    return value_of(reading_pb2.ActKind, "ACT_KIND_", number, ActKind)


@lru_cache(maxsize=256)
def subject_to(value: Subject) -> reading_pb2.Subject.ValueType:
    """A subject's number."""
    return reading_pb2.Subject.Value(f"SUBJECT_{value.name}")


@lru_cache(maxsize=256)
def subject_from(number: int) -> Subject:
    """A number's subject."""
    return value_of(reading_pb2.Subject, "SUBJECT_", number, Subject)


@lru_cache(maxsize=256)
def how_given_to(value: HowGiven) -> reading_pb2.HowGiven.ValueType:
    """The number of how a datum was given."""
    return reading_pb2.HowGiven.Value(f"HOW_GIVEN_{value.name}")


@lru_cache(maxsize=256)
def how_given_from(number: int) -> HowGiven:
    """How a datum was given, by its number."""
    return value_of(reading_pb2.HowGiven, "HOW_GIVEN_", number, HowGiven)


def meaning_to(meaning: Meaning) -> reading_pb2.Reading:
    """What a message means."""
    people = meaning.people
    return reading_pb2.Reading(
        acts=[
            reading_pb2.Act(kind=act_kind_to(ActKind(act.kind)), span=_span_to(act.start, act.end))
            for act in meaning.acts
        ],
        days=meaning.days,
        times=meaning.times,
        items=[item_to(item) for item in meaning.items],
        people=reading_pb2.People(count=people.count, writer=people.writer) if people else None,
        refers_to=meaning.refers_to,
        subjects=[subject_to(Subject(subject)) for subject in meaning.subjects],
        data=[
            reading_pb2.GivenDatum(slot=datum.slot, value=datum.value, how=how_given_to(HowGiven(datum.how)))
            for datum in meaning.data
        ],
        unread=[_span_to(*span) for span in meaning.unread],
        doubts=[doubt_to(doubt) for doubt in meaning.doubts],
        told_which=meaning.told_which,
        not_services=meaning.not_services,
        knowledge=meaning.knowledge,
    )


def meaning_from(message: reading_pb2.Reading) -> Meaning:
    """What a message means, without acts and subjects that this version does not know."""
    acts = [(act_kind_from(act.kind), act.span) for act in message.acts]
    subjects = map(subject_from, message.subjects)
    return Meaning(
        acts=tuple(Act(kind.value, span.start, span.end) for kind, span in acts if kind is not ActKind.UNSPECIFIED),
        days=tuple(message.days),
        times=tuple(message.times),
        items=tuple(item_from(item) for item in message.items),
        people=People(message.people.count, message.people.writer) if message.HasField("people") else None,
        refers_to=tuple(message.refers_to),
        subjects=tuple(subject.value for subject in subjects if subject is not Subject.UNSPECIFIED),
        data=tuple(GivenDatum(datum.slot, datum.value, how_given_from(datum.how).value) for datum in message.data),
        unread=tuple((span.start, span.end) for span in message.unread),
        doubts=tuple(doubt_from(doubt) for doubt in message.doubts),
        told_which=message.told_which,
        not_services=tuple(message.not_services),
        knowledge=tuple(message.knowledge),
    )


def item_to(item: Item) -> reading_pb2.Item:
    """A service that is wanted."""
    return reading_pb2.Item(
        service=item.service,
        staff=item.staff,
        not_staff=item.not_staff,
        who=item.who,
        days=item.days,
        times=item.times,
    )


def item_from(item: reading_pb2.Item) -> Item:
    """A service that is wanted."""
    return Item(item.service, tuple(item.staff), tuple(item.not_staff), item.who, tuple(item.days), tuple(item.times))


def doubt_to(doubt: Doubt) -> reading_pb2.Doubt:
    """Something that must be read back."""
    span = _span_to(doubt.start, doubt.end)
    return reading_pb2.Doubt(part=doubt.part, reason=doubt.reason, span=span, candidates=doubt.candidates)


def doubt_from(doubt: reading_pb2.Doubt) -> Doubt:
    """Something that must be read back."""
    return Doubt(doubt.part, doubt.reason, doubt.span.start, doubt.span.end, tuple(doubt.candidates))


def _span_to(start: int, end: int) -> reading_pb2.Span:
    return reading_pb2.Span(start=start, end=end)


def offered_time_to(offer: OfferedTime) -> reading_pb2.OfferedTime:
    """A free time that was offered."""
    return reading_pb2.OfferedTime(date=offer.day, time=offer.time, staff=offer.staff, service=offer.service)


def own_appointment_to(one: KnownAppointment) -> reading_pb2.OwnAppointment:
    """An appointment of the customer's."""
    return reading_pb2.OwnAppointment(
        booking_id=one.id,
        service=one.service,
        date=one.day,
        time=one.time,
        staff=one.staff,
        name=one.name,
        person=one.person,
        cancel_until=one.cancel_until,
        move_until=one.move_until,
    )


def own_appointment_from(one: reading_pb2.OwnAppointment) -> KnownAppointment:
    """An appointment of the customer's."""
    return KnownAppointment(
        id=one.booking_id,
        service=one.service,
        day=one.date,
        time=one.time,
        staff=one.staff,
        name=one.name,
        person=one.person,
        cancel_until=one.cancel_until,
        move_until=one.move_until,
    )


def done_write_to(done: Done) -> reading_pb2.DoneWrite:
    """A finished write."""
    kind = act_kind_to(ActKind(done.kind))
    return reading_pb2.DoneWrite(kind=kind, booking_id=done.id, date=done.day, time=done.time)


def known_from(
    offers: Iterable[reading_pb2.OfferedTime],
    appointments: Iterable[reading_pb2.OwnAppointment],
    done: Iterable[reading_pb2.DoneWrite],
) -> Known:
    """What a message may be about."""
    return Known(
        offers=tuple(OfferedTime(one.date, one.time, one.staff, one.service) for one in offers),
        appointments=tuple(map(own_appointment_from, appointments)),
        done=tuple(Done(act_kind_from(one.kind).value, one.booking_id, one.date, one.time) for one in done),
    )
