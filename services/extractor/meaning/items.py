"""Which services a message wants, and what it says for each alone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from extractor.meaning.allotment import allotted
from extractor.meaning.people import Company, Person
from extractor.meaning.said import Joining, Said, combined
from turn.meaning import WRITER, Item


@dataclass(frozen=True)
class Named:
    """A service or a person of the business that a message names."""

    value: str
    start: int
    end: int


@dataclass(frozen=True)
class Wanted:
    """Everything wanted, before it is parted among the services."""

    services: tuple[Named, ...]
    staff: tuple[Named, ...]
    """Wanted; of several any."""
    not_staff: tuple[Named, ...]
    pieces: tuple[Said, ...]
    company: Company


@dataclass(frozen=True)
class Parted:
    """The items of a message, and the days and hours that hold for all of them."""

    items: tuple[Item, ...]
    pieces: tuple[Said, ...]


def part(wanted: Wanted, how: Joining | None = None) -> Parted:
    """Gives each service what was said for it alone; days and hours where `how` they are told apart is known. A wish
    for a member of staff that holds for all is repeated."""
    if not wanted.services:
        if how and wanted.company.apart:
            return _persons_alone(wanted, how)
        persons = wanted.company.persons
        who = persons[0].who if len(persons) == 1 and persons[0].named else ""
        staff = Item(staff=_values(wanted.staff), not_staff=_values(wanted.not_staff), who=who)
        return Parted((staff,) if staff != Item() else (), wanted.pieces)
    told = _told_apart(wanted.services, wanted.company.persons)
    services = [service for service, _ in told] or _distinct(wanted.services)
    own = allotted(wanted.services, wanted.pieces, how) if how else {}
    if how and len(services) == 1 and len(wanted.company.persons) > 1:
        return _by_person(services[0], wanted, how)
    left = tuple(piece for piece in wanted.pieces if not any(piece in moment for moment in own.values()))
    items = [_item(named.value, own.get(named.value, ()), how) for named in services]
    staff_of = _own_staff(services, wanted.staff, apart=bool(own))
    not_staff = _values(wanted.not_staff)
    items = [
        replace(item, staff=_values(staff), not_staff=() if _values(staff) else not_staff)
        for item, staff in zip(items, staff_of, strict=True)
    ]
    if told:
        return Parted(tuple(replace(item, who=who) for item, (_, who) in zip(items, told, strict=True)), left)
    return Parted(tuple(_for_whom(items, services, wanted.company)), left)


def _told_apart(services: Sequence[Named], persons: Sequence[Person]) -> list[tuple[Named, str]]:
    """Each service with who it is for, where persons stand between services: "corte y barba para mí y corte para mi
    hijo", or before them: "para mí corte y barba, y para mi hijo corte". Empty otherwise."""
    if len(persons) < 2 or not any(services[0].start < one.start < services[-1].start for one in persons):
        return []
    before = persons[0].start < services[0].start
    told: dict[tuple[str, str], Named] = {}
    for service in services:
        ahead = [one for one in persons if (one.start < service.start) is before]
        told.setdefault((service.value, (ahead or persons)[-1 if before or not ahead else 0].who), service)
    return [(service, who) for (_, who), service in told.items()]


def _by_person(service: Named, wanted: Wanted, how: Joining) -> Parted:
    """One service for several persons, each with what was said for them alone: "yo a las 11 y ella a las 12"."""
    persons = wanted.company.persons
    together = all(
        len(how.line[one.end : after.start].split()) < 3 for one, after in pairwise(persons)
    )  # "mi mujer y yo" are not told apart
    own = {} if together else allotted(persons, wanted.pieces, how)
    left = tuple(piece for piece in wanted.pieces if not any(piece in moment for moment in own.values()))
    item = Item(staff=_values(wanted.staff), not_staff=() if wanted.staff else _values(wanted.not_staff))
    items = [
        replace(
            _item(service.value, own.get(one.who, ()), how), staff=item.staff, not_staff=item.not_staff, who=one.who
        )
        for one in persons
    ]
    return Parted(tuple(items), left)


def _persons_alone(wanted: Wanted, how: Joining) -> Parted:
    """Several persons, each with the day and hour said for them, where the services are known already."""
    own = allotted(wanted.company.apart, wanted.pieces, how)
    left = tuple(piece for piece in wanted.pieces if not any(piece in moment for moment in own.values()))
    items = tuple(replace(_item("", moment, how), who=who) for who, moment in own.items())
    staff = Item(staff=_values(wanted.staff), not_staff=_values(wanted.not_staff))
    return Parted((*items, *([staff] if staff != Item() else [])), left)


def _item(service: str, pieces: Sequence[Said], how: Joining | None) -> Item:
    days, times = combined(pieces, how) if how else ((), ())
    return Item(service, days=days, times=times)


def _values(named: Sequence[Named]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.value for one in named))


def _distinct(services: Sequence[Named]) -> list[Named]:
    kept: dict[str, Named] = {}
    for one in services:
        kept.setdefault(one.value, one)
    return list(kept.values())


def _nearest(services: Sequence[Named], at: int, *, following: bool) -> int:
    """The index of the last service before a place, or of the first one after it."""
    if following:
        return next((index for index, one in enumerate(services) if one.start >= at), len(services) - 1)
    return max((index for index, one in enumerate(services) if one.start <= at), default=0)


def _own_staff(services: Sequence[Named], staff: Sequence[Named], *, apart: bool) -> list[Sequence[Named]]:
    """The staff of each service: its own where every service has somebody, or where services have their own times
    (`apart`) and somebody is named before the last of them; otherwise all of it for each."""
    between = apart and len(staff) == 1 and services[0].start < staff[0].start < services[-1].start
    if len(services) < 2 or (len(staff) < 2 and not between):
        return [staff for _ in services]
    own: list[list[Named]] = [[] for _ in services]
    for one in staff:
        own[_nearest(services, one.start, following=False)].append(one)
    return list(own) if all(own) or between else [staff for _ in services]


def _for_whom(items: Sequence[Item], services: Sequence[Named], company: Company) -> list[Item]:
    persons = company.persons
    if not persons:
        return list(items)
    if len(items) == 1:
        return [replace(items[0], who=one.who) for one in persons]
    if len(persons) == 1:
        return _around(items, services, persons[0])
    nearest = _by_place(services, persons)
    return [replace(item, who=person.who) for item, person in zip(items, nearest, strict=True)]


def _around(items: Sequence[Item], services: Sequence[Named], person: Person) -> list[Item]:
    """One person and several services: those after the person, or all when it is said first or last."""
    after = [one.start > person.start for one in services]
    if all(after) or not any(after):
        return [replace(item, who=person.who) for item in items]
    return [replace(item, who=person.who) if later else item for item, later in zip(items, after, strict=True)]


def _by_place(services: Sequence[Named], persons: Sequence[Person]) -> list[Person]:
    """Somebody for each service: pairwise where as many are said, otherwise the one nearest."""
    if len(services) == len(persons):
        return list(persons)
    return [min(persons, key=lambda one: abs(one.start - service.start)) for service in services]


def writer_alone(company: Company) -> bool:
    """Whether nobody but the writer is meant."""
    return all(one.who == WRITER for one in company.persons) and company.count < 2
