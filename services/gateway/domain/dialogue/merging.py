"""What a message says of a task, put together with what was known of it. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from turn.constraints import day_holds, exact_day, exact_time, is_date, is_hour, time_holds
from turn.meaning import ANY, SAME, WRITER, Doubt, Item, Meaning
from turn.tasks import Customer, Placed, Proposal, Task
from workspace.calendar import parse_date


def has_values(meaning: Meaning) -> bool:
    """Whether a message says what, when, with whom or for how many."""
    return bool(meaning.days or meaning.times or meaning.items or meaning.people or meaning.not_services)


def merged(task: Task, meaning: Meaning, added: Sequence[str] = ()) -> Task:
    """A task with what a message says of it. `added` are services wanted besides the known ones."""
    task, days, times = _without_services(task, meaning), meaning.days, meaning.times
    items = task.items
    own = [item for item in meaning.items if item.service]
    if own:
        items, days, times = _with_services(task, own, meaning, added)
    alone = [item for item in meaning.items if not item.service]
    told = [item for item in alone if item.who and (item.days or item.times)]
    apart = _apportioned(items, told) if len(told) > 1 else None
    items = apart or _with_staff(items, [item for item in alone if len(told) < 2 or item not in told])
    untold = [Doubt("times", "unread")] if len(told) > 1 and apart is None else []
    if not own or (days, times) != ((), ()):
        items = _for_all(items, days, times, [item.service for item in own])
    changed = task if items == task.items else replace(task, items=items)
    changed = replace(changed, days=_constraints(task.days, days), times=_constraints(task.times, times))
    if times and not days:
        changed = replace(changed, days=_day_of_offers(task, times) or changed.days)
    if days and not times and task.times and not exact_time(task.times) and exact_day(days) == exact_day(task.days):
        changed = replace(changed, times=task.times)
    if meaning.people:
        changed = replace(changed, people=meaning.people.count, writer=meaning.people.writer)
        if meaning.people.count == 1 and meaning.people.writer:
            changed = replace(changed, items=_of_writer(changed.items))
    if _wish(changed) != _wish(task):
        changed = replace(changed, chosen=None)
    return replace(changed, doubts=(*_doubts(task, meaning), *untold), rejected=but_named(changed, meaning))


def _wish(task: Task) -> tuple[object, ...]:
    return (task.items, task.days, task.times, task.people)


def _for_all(
    items: tuple[Item, ...], days: tuple[str, ...], times: tuple[str, ...], said: Sequence[str]
) -> tuple[Item, ...]:
    """Items once a message gives a day or an hour for all of them: what they had of their own is no longer so, but for
    those that the message itself sets apart."""

    def cleared(item: Item) -> Item:
        if item.service in said:
            return item
        return replace(item, days=() if days else item.days, times=() if times else item.times)

    return tuple(map(cleared, items))


def known_items(items: Sequence[Item], customer: Customer | None) -> tuple[Item, ...]:
    """Items in which "the same" is what it was last time or, for somebody else ("para mi prima, lo mismo que el mío")
    and where there was no last time, what the customer's own appointment is; where nobody knows, nothing is said."""
    last = (customer.last_service, customer.last_staff) if customer else ("", "")
    own = _only_of(customer)

    def known(item: Item) -> Item:
        for_other = item.who not in ("", WRITER)
        service, serves = own if own[0] and (for_other or not last[0]) else last
        staff = tuple(name for name in (serves if one == SAME else one for one in item.staff) if name)
        return replace(item, service=service if item.service == SAME else item.service, staff=staff)

    return tuple(map(known, items))


def _only_of(customer: Customer | None) -> tuple[str, str]:
    """The service of all appointments that a customer has, and who does it; empty where they are of several."""
    held = {(one.service, one.staff) for one in customer.appointments} if customer else set()
    return next(iter(held)) if len(held) == 1 else ("", "")


def rejected_of(task: Task) -> tuple[str, ...]:
    """The moments that were offered or refused before, each "2026-03-13T10:00"."""
    moments = (f"{offer.day}T{offer.time}" for offer in task.offers)
    return tuple(dict.fromkeys((*task.rejected, *moments)))


def but_named(task: Task, meaning: Meaning) -> tuple[str, ...]:
    """The refused moments of a task without one that the message names: that is wanted now."""
    if not exact_time((*meaning.times, *(text for item in meaning.items for text in item.times)), meaning.days):
        return task.rejected
    whens = [(item.days or task.days, item.times or task.times) for item in task.items] + [(task.days, task.times)]
    named = {f"{exact_day(days)}T{exact_time(times, days)}" for days, times in whens}
    return tuple(moment for moment in task.rejected if moment not in named)


def offer_at(task: Task, number: int) -> Proposal | None:
    """An offer by its number from 1."""
    return task.offers[number - 1] if 0 < number <= len(task.offers) else None


def with_offer(task: Task, offer: Proposal) -> Task:
    """A task whose days and hours are those of an offer that the customer takes."""
    asked = {(item.days, item.times) for item in task.items}
    if len(asked) > 1 or any(days or times for days, times in asked):
        placed = list(offer.items)
        items = tuple(_moved(item, placed) for item in task.items)
        return replace(task, items=items, days=(), times=(), chosen=offer)
    return replace(task, days=(offer.day,), times=(offer.time,), chosen=offer)


def _moved(item: Item, placed: list[Placed]) -> Item:
    """An item at the day and hour at which an offer has it."""
    mine = next((each for each in placed if each.service == item.service), None)
    if mine is None:
        return item
    placed.remove(mine)
    return replace(item, days=(mine.day,), times=(mine.time,))


def _with_services(
    task: Task, own: Sequence[Item], meaning: Meaning, added: Sequence[str]
) -> tuple[tuple[Item, ...], tuple[str, ...], tuple[str, ...]]:
    """The task's items with the services that a message names, and its days and hours that are for all of them."""
    known = {item.service: item for item in task.items}
    more = [item for item in own if item.service in added and item.service not in known]
    if more and task.items and len(more) == len(own):
        days, times = meaning.days, meaning.times
        alone = [replace(item, days=item.days or days, times=item.times or times) for item in more]
        return (*_settled(task), *alone), (), ()
    if task.items and all(item.service in known for item in own) and len(own) < len(task.items):
        return _of_some(task, own, meaning)
    if len(own) == 1 and task.items and {item.service for item in task.items} == {own[0].service}:
        return tuple(_together(item, own[0]) for item in task.items), meaning.days, meaning.times
    kept = [_together(known.get(item.service, known.get("")), item) for item in own]  # "" is "con Sofía" alone
    return tuple(kept), meaning.days, meaning.times


def _without_services(task: Task, meaning: Meaning) -> Task:
    """A task without the services that a message takes back, or without all but those that it names."""
    gone, named = set(meaning.not_services), {item.service for item in meaning.items}
    if not gone or not any(item.service for item in task.items):
        return task
    left = tuple(one for one in task.items if one.service not in gone and (ANY not in gone or one.service in named))
    return task if left == task.items else replace(task, items=left, chosen=None, offers=())


def _settled(task: Task) -> tuple[Item, ...]:
    """The items known by now, each with the day and hour that was for all: what comes later is not about them."""
    return tuple(replace(item, days=item.days or task.days, times=item.times or task.times) for item in task.items)


def _of_some(
    task: Task, own: Sequence[Item], meaning: Meaning
) -> tuple[tuple[Item, ...], tuple[str, ...], tuple[str, ...]]:
    """Items of which a message is about some: its days and hours are for these."""
    said = {item.service: item for item in own}
    items = []
    for item in _settled(task):
        one = said.get(item.service)
        if one is None:
            items.append(item)
            continue
        days, times = one.days or meaning.days, one.times or meaning.times
        items.append(replace(_together(item, one), days=days or item.days, times=times or item.times))
    return tuple(items), (), ()


def _together(known: Item | None, said: Item) -> Item:
    """What is known of an item and what a message says of it."""
    if known is None:
        return said
    return Item(
        said.service,
        said.staff or (known.staff if not said.not_staff else ()),
        said.not_staff or known.not_staff,
        known.who or said.who,
        said.days or known.days,
        said.times or known.times,
    )


def _with_staff(items: tuple[Item, ...], said: Sequence[Item]) -> tuple[Item, ...]:
    """Items with what a message says of staff and persons without naming a service: it is for all of them."""
    for one in said:
        if not items:
            items = (one,)
            continue
        persons = {item.who for item in items}
        items = tuple(
            item if one.who and one.who in persons and item.who != one.who else _with_one(item, one, len(items))
            for item in items
        )
    return items


def _of_writer(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Items when only the writer comes: their own, each service once; those of others where no other is known."""
    own = [item for item in items if item.who in ("", WRITER)] or list(items)
    return tuple({item.service: replace(item, who="") for item in reversed(own)}.values())[::-1]


def _apportioned(items: Sequence[Item], told: Sequence[Item]) -> tuple[Item, ...] | None:
    """Items with the day and hour that is said for the person of each; None where it is not clear whose is whose. A
    person is told by the same word, as the writer, or as the only one left."""
    if len(items) == 1:
        items = [replace(items[0], who=one.who) for one in told]
    left, found = list(range(len(items))), dict[int, Item]()
    for one in sorted(told, key=lambda each: (each.who != WRITER, each.who not in {item.who for item in items})):
        named = [at for at in left if items[at].who == one.who]
        plain = [at for at in left if not items[at].who] if one.who == WRITER else left
        fits = named or plain
        if len(fits) != 1:
            return None
        at = fits[0]
        left.remove(at)
        found[at] = one
    return tuple(
        replace(item, days=found[at].days or item.days, times=found[at].times or item.times) if at in found else item
        for at, item in enumerate(items)
    )


def _with_one(item: Item, said: Item, count: int) -> Item:
    staff = said.staff or (() if said.not_staff else item.staff)
    if said.staff == (ANY,):
        staff = ()
    return replace(
        item,
        staff=staff,
        not_staff=said.not_staff or (() if said.staff else item.not_staff),
        who=said.who if said.who and count == 1 else item.who,
        days=said.days or item.days,
        times=said.times or item.times,
    )


def _constraints(known: tuple[str, ...], said: tuple[str, ...]) -> tuple[str, ...]:
    """Constraints after a message: what it says counts; what it only excludes is added to what was known."""
    if not said:
        return known
    if not all(text.startswith("!") for text in said):
        return said
    return (*(text for text in known if not _excluded(text, said)), *said)


def _excluded(known: str, said: Sequence[str]) -> bool:
    """Whether a known day or hour is one that a message excludes."""
    day = parse_date(known) if is_date(known) else None
    if day:
        return not all(day_holds(text, day) for text in said)
    return is_hour(known) and not all(time_holds(text, known) for text in said)


def _day_of_offers(task: Task, times: Sequence[str]) -> tuple[str, ...]:
    """The day that an hour alone is about, when all that was offered was of one day, or one offer is at that hour."""
    if exact_day(task.days) or not task.offers:
        return ()
    at = exact_time(times)
    fitting = {offer.day for offer in task.offers if offer.time == at}
    days = fitting if len(fitting) == 1 else {offer.day for offer in task.offers}
    return (next(iter(days)),) if len(days) == 1 else ()


def _doubts(task: Task, meaning: Meaning) -> tuple[Doubt, ...]:
    """What must still be read back: what was said of a doubted part settles it."""
    said = {
        "days": bool(meaning.days),
        "times": bool(meaning.times),
        "items": any(item.service for item in meaning.items) or bool(meaning.not_services),
        "staff": any(item.staff or item.not_staff for item in meaning.items),
        "data": bool(meaning.data),
        "refers_to": bool(meaning.refers_to),
        "text": has_values(meaning),
    }
    kept = [doubt for doubt in task.doubts if not said.get(doubt.part)]
    return tuple(dict.fromkeys((*kept, *meaning.doubts)))


def writer_named(item: Item) -> str:
    """For whom an item is: empty for who writes."""
    return "" if item.who == WRITER else item.who
