"""The transition table of a conversation: for every act of a message and every kind of front task, what becomes of the
dialogue. Pure: nothing here knows a workspace or a network.

`TABLE` has a row for each act and a column for each kind of front task, and for none; a test prints it and looks for
gaps. A transition takes the dialogue and the message, and says what becomes of the dialogue. It is one file, longer
than others, because the table's cells share their helpers and are read beside one another.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from gateway.domain.dialogue.merging import but_named, merged, offer_at, rejected_of, with_offer
from gateway.domain.dialogue.said import (
    Next,
    Said,
    Transition,
    all_of,
    last_standing,
    of_service,
    only,
    owned,
    unknown_code,
    was_cancelled,
    written_together,
)
from turn import steps
from turn.constraints import OPEN
from turn.meaning import ANY, Item, KnownAppointment
from turn.tasks import BOOK, CANCEL, CHANGE, KINDS, RESTORE, Dialogue, Task, Written
from turn.vocabulary import ActKind, Subject

NONE = "none"
"""The column of a conversation without a task."""
COLUMNS = (NONE, *KINDS)
"""The table's columns."""
SLOT_OF_STEP = {steps.NAME: "client_name", steps.EMAIL: "client_email", steps.EMAIL_NEEDED: "client_email"}
"""The datum that a question asks for."""
_CHOICES = frozenset({steps.OFFER, steps.TAKE})


# --- booking ----------------------------------------------------------------------------------


def begin_booking(dialogue: Dialogue, said: Said) -> Next:
    """A booking begins. Who asks for free times without a service, right after a write, asks about what was written."""
    written = last_standing(dialogue)
    if written and said.meaning.does(ActKind.AVAILABILITY) and said.has_values and not said.names_service:
        task = Task(CHANGE, targets=written_together(dialogue), inquires=True)
        return Next(dialogue.begin(merged(task, said.meaning)))
    asks = said.meaning.does(ActKind.AVAILABILITY) and not said.meaning.does(ActKind.BOOK)
    inquires = asks and not said.meaning.data
    task = merged(Task(BOOK, inquires=inquires), said.meaning)
    together = _all_spoken_of(dialogue, said)
    if together:
        wish = task.items[0] if task.items else Item()
        task = replace(task, items=tuple(replace(wish, service=one) for one in together))
        dialogue = replace(dialogue, spoken_of_together=())
    elif not said.names_service and dialogue.spoken_of:
        task = replace(task, items=_of(task.items, dialogue.spoken_of))
    return Next(dialogue.begin(task))


def _all_spoken_of(dialogue: Dialogue, said: Said) -> tuple[str, ...]:
    """The two services that were spoken of together, where a message wants both and names none: "agendame las dos"."""
    together = dialogue.spoken_of_together if said.refers_to("both") and len(dialogue.spoken_of_together) == 2 else ()
    return together if not said.names_service else ()


def _of(items: tuple[Item, ...], service: str) -> tuple[Item, ...]:
    """Items of the service that was spoken of, where none was named."""
    return tuple(replace(item, service=service) for item in items) or (Item(service),)


def go_on(dialogue: Dialogue, said: Said) -> Next:
    """More of the task in front: what it says is put together with what is known."""
    front = dialogue.tasks[0]
    if said.offer:
        return take_offer(dialogue, said)
    if said.refers_to(steps.ANOTHER, steps.NONE_OF_THEM):
        return refuse_offers(dialogue, said)
    begun = _begun_at(front, said)
    if begun:
        only_one = len(front.offers[begun - 1].items) == 1
        taking = replace(said.meaning, times=(), refers_to=(f"offer:{begun}",))
        return take_offer(dialogue, replace(said, meaning=taking, is_vague=only_one))
    if said.refers_to(ANY) and front.offers and not said.has_values:
        return take_any(dialogue, said)
    if _takes_by_data(front, said, dialogue):
        front = with_offer(front, front.offers[0])
    elif _changes_only_what(front, said):
        offer = front.offers[0]
        front = replace(front, days=(offer.day,), times=(offer.time,), chosen=None)
        kept = replace(merged(front, said.meaning, said.added), inquires=front.inquires or front.asked == steps.TAKE)
        return Next(dialogue.with_front(kept))
    if front.asked == steps.BRANCH and _takes_any_branch(said):
        return Next(dialogue.with_front(replace(front, refused=(*front.refused, steps.BRANCH))))
    after = merged(front, said.meaning, said.added)
    if _repeats_a_choice(front, after, said):
        return take_any(dialogue.with_front(front), said)
    inquires = said.meaning.does(ActKind.AVAILABILITY) or (front.inquires and not front.asked)
    return Next(dialogue.with_front(replace(after, inquires=inquires)))


def _repeats_a_choice(front: Task, after: Task, said: Said) -> bool:
    """Whether a message says once more, of offers for it, that any of some days or persons will do: "mañana o el
    viernes". The first is then proposed, and not the same list told again."""
    meaning = said.meaning
    other = meaning.people or meaning.refers_to or meaning.not_services or meaning.doubts or said.added
    wants_others = meaning.does(ActKind.AVAILABILITY) or meaning.does(ActKind.DENY)
    if front.kind != BOOK or front.asked not in _CHOICES or len(front.offers) < 2 or other or wants_others:
        return False
    choice = any("|" in text for text in meaning.days) or any(len(item.staff) > 1 for item in meaning.items)
    return choice and (after.items, after.days, after.times) == (front.items, front.days, front.times)


def _takes_by_data(front: Task, said: Said, dialogue: Dialogue) -> bool:
    """Whether data answer a question that named one time: that for the name or the address, or that for a yes, which
    asks for them besides where they are not known."""
    if len(front.offers) != 1 or said.has_values:
        return False
    if front.asked != steps.TAKE:
        return front.asked in SLOT_OF_STEP or bool(steps.question_of(front.asked))
    customer = dialogue.customer
    name, email = said.datum("client_name"), said.datum("client_email")
    known_name, known_email = (customer.name, customer.masked_email) if customer else ("", "")
    return bool((name and not known_name) or (email and not known_email)) and not said.meaning.does(ActKind.DENY)


def _changes_only_what(front: Task, said: Said) -> bool:
    """Whether a message wants another service, or somebody else to do it, at the one time that was named."""
    meaning = said.meaning
    what = bool(meaning.items or meaning.not_services) and not (meaning.days or meaning.times or meaning.people)
    alone = not any(item.days or item.times or item.who for item in meaning.items)
    named = front.kind == BOOK and len(front.offers) == 1 and len(front.offers[0].items) == 1
    return named and what and alone and not said.added and front.asked in (steps.TAKE, *SLOT_OF_STEP)


def _takes_any_branch(said: Said) -> bool:
    """Whether an answer to which branch is that any will do: it says so, and nothing else."""
    meaning = said.meaning
    if meaning.data or meaning.times or meaning.people or said.names_service:
        return False
    staff = [name for item in meaning.items for name in item.staff]
    return set(meaning.days) <= OPEN and set(staff) <= {ANY}


def _begun_at(front: Task, said: Said) -> int:
    """Number of the offer whose hour is that of "yes, from 16:15 on"; 0 for none, or when others are asked for."""
    wants_others = any(said.meaning.does(act) for act in (ActKind.AVAILABILITY, ActKind.DENY))
    if front.asked not in _CHOICES or wants_others or said.meaning.days or len(said.meaning.times) != 1:
        return 0
    (bound,) = said.meaning.times
    found = [number for number, offer in enumerate(front.offers, start=1) if bound == f">={offer.time}"]
    return found[0] if len(found) == 1 else 0


def book_beside(dialogue: Dialogue, said: Said) -> Next:
    """While something else is in front: a service makes it a booking of its own, otherwise it is about that."""
    if not said.names_service or (said.appointments and not said.added):
        return go_on(dialogue, said)
    return Next(dialogue.begin(merged(Task(BOOK), said.meaning)))


def book_instead(dialogue: Dialogue, said: Said) -> Next:
    """While cancelling: a service begins a booking; a moment alone says where the appointment is to go."""
    if said.names_service:
        if of_service(dialogue, said) and not (said.meaning.days or said.meaning.times):
            return go_on_cancelling(dialogue, said)
        return Next(dialogue.with_front(None).begin(merged(Task(BOOK), said.meaning)))
    return change_instead(dialogue, said) if said.has_values else Next(dialogue)


# --- changing ---------------------------------------------------------------------------------


def begin_change(dialogue: Dialogue, said: Said) -> Next:
    """A change begins: of what the message refers to, otherwise of what was written last or of the only one."""
    if unknown_code(dialogue, said):
        return Next(dialogue, (steps.NOTHING_OWN,))
    targets = said.appointments or all_of(dialogue, said) or only(dialogue)
    written = last_standing(dialogue)
    if not targets and written and said.has_values:
        targets = written_together(dialogue)
    if not targets and not owned(dialogue):
        if said.names_service:
            return begin_booking(dialogue, said)
        return undo(dialogue, said) if was_cancelled(dialogue) else Next(dialogue, (steps.NOTHING_OWN,))
    if said.is_of_all and written and targets == (written.id,):
        targets = written_together(dialogue)
    task = Task(CHANGE, targets=targets, email=said.datum("client_email"), name=said.datum("client_name"))
    fresh = {one.id for one in dialogue.done if one.after}
    keeps_hour = bool(said.meaning.days) and not said.meaning.times and not fresh & set(targets)
    inquires = said.meaning.does(ActKind.AVAILABILITY) or keeps_hour
    return Next(dialogue.begin(replace(merged(task, said.meaning), inquires=inquires)))


def change_while_booking(dialogue: Dialogue, said: Said) -> Next:
    """While booking, "mejor a las 12" is about the booking, unless it names an appointment."""
    named = set(said.appointments) & {one.id for one in owned(dialogue)}
    if named and not dialogue.tasks[0].items:
        return begin_change(dialogue.with_front(None), said)
    front = dialogue.tasks[0]
    answers = front.asked in (*_CHOICES, steps.WHEN, steps.DOUBT, steps.NAME, steps.EMAIL)
    if named and (not answers or said.meaning.does(ActKind.CANCEL)):
        return begin_change(dialogue, said)
    return go_on(dialogue, said)


def go_on_changing(dialogue: Dialogue, said: Said) -> Next:
    """More of the change in front."""
    front = dialogue.tasks[0]
    if unknown_code(dialogue, said):
        return Next(dialogue, (steps.NOTHING_OWN,))
    targets = said.appointments or all_of(dialogue, said) or front.targets
    if front.targets and targets != front.targets and not said.has_values and front.asked != steps.WHICH:
        return begin_change(dialogue.with_front(None), said)
    if front.asked == steps.CHANGE_WHAT and said.meaning.days and not said.meaning.times:
        front = replace(front, inquires=True, asked="")
    if front.offers and _keeps_staff(dialogue, targets, said):
        return Next(dialogue.with_front(None), (steps.KEPT,))
    after = replace(
        front,
        targets=targets,
        name=said.datum("client_name") or front.name,
        email=said.datum("client_email") or front.email,
    )
    return go_on(dialogue.with_front(after), said)


def _keeps_staff(dialogue: Dialogue, targets: Sequence[str], said: Said) -> bool:
    """Whether all that a message wants is whoever the appointment is with already: "no, dejalo con Carlos"."""
    own = {one.staff for one in owned(dialogue) if one.id in targets}
    meaning = said.meaning
    alone = not (meaning.days or meaning.times or meaning.people or meaning.data or meaning.refers_to)
    wanted = {name for item in meaning.items for name in item.staff}
    return alone and not said.names_service and bool(wanted) and wanted == own


def change_instead(dialogue: Dialogue, said: Said) -> Next:
    """While cancelling or restoring: the same appointment is to be changed."""
    front = dialogue.tasks[0]
    targets = said.appointments or front.targets
    return Next(dialogue.with_front(merged(Task(CHANGE, targets=targets), said.meaning)))


# --- cancelling -------------------------------------------------------------------------------


def begin_cancel(dialogue: Dialogue, said: Said) -> Next:
    """A cancellation begins: of what the message refers to, otherwise of what was written last or of the only one."""
    if unknown_code(dialogue, said):
        return Next(dialogue, (steps.NOTHING_OWN,))
    targets = said.appointments or all_of(dialogue, said) or of_service(dialogue, said) or only(dialogue)
    if not targets and not owned(dialogue):
        return Next(dialogue, (steps.NOTHING_OWN,))
    return Next(dialogue.begin(Task(CANCEL, targets=targets)))


def cancel_while_booking(dialogue: Dialogue, said: Said) -> Next:
    """While booking: an appointment where one is named or there is one; otherwise the booking is given up."""
    if said.appointments or said.refers_to("all", "both") or of_service(dialogue, said):
        return begin_cancel(dialogue, said)
    return give_up(dialogue, said)


def cancel_instead(dialogue: Dialogue, said: Said) -> Next:
    """While changing: the same appointment is to be cancelled, or another that is named."""
    targets = said.appointments or dialogue.tasks[0].targets
    return begin_cancel(dialogue.with_front(None), said) if not targets else Next(
        dialogue.with_front(Task(CANCEL, targets=targets))
    )  # fmt: skip


def go_on_cancelling(dialogue: Dialogue, said: Said) -> Next:
    """More of the cancellation in front: which one it is."""
    front = dialogue.tasks[0]
    if unknown_code(dialogue, said):
        return Next(dialogue, (steps.NOTHING_OWN,))
    targets = said.appointments or all_of(dialogue, said) or of_service(dialogue, said) or front.targets
    if said.names_service and not said.appointments and not of_service(dialogue, said) and front.asked == steps.WHICH:
        targets = front.targets
    return Next(dialogue.with_front(replace(front, targets=targets)))


# --- undoing ----------------------------------------------------------------------------------


def undo(dialogue: Dialogue, said: Said) -> Next:
    """Takes the last write back: a booking is cancelled, which asks once; a change goes back; a cancelled one is
    booked again. Said once more of what was taken back already, it changes nothing."""
    if said.meaning.data and last_standing(dialogue):
        return give(dialogue, said)
    meant = [one for one in dialogue.done if not said.appointments or one.id in said.appointments]
    written = meant[-1] if meant else None
    if written is None:
        cancelled = dialogue.customer.cancelled if dialogue.customer else ()
        if cancelled:
            return Next(dialogue.begin(Task(RESTORE, targets=(cancelled[0].id,), undoes=True)))
        return Next(dialogue, (steps.NOTHING_TO_UNDO,))
    if _is_taken_back(dialogue.done, written):
        return Next(dialogue, (steps.AGREED,))
    if written.kind == CANCEL:
        return Next(dialogue.begin(Task(RESTORE, targets=(written.id,), undoes=True)))
    if written.kind == CHANGE and written.before:
        together = [one for one in dialogue.done if one.at == written.at and one.kind == CHANGE and one.before]
        if len(together) > 1:
            return Next(dialogue.begin(_all_back(together)))
        return Next(dialogue.begin(_back(written.before, written.after)))
    return Next(dialogue.begin(Task(CANCEL, targets=(written.id,), undoes=True)))


def _is_taken_back(done: Sequence[Written], last: Written) -> bool:
    """Whether the last write took back the one before it."""
    if last.kind == RESTORE:
        return True
    before = done[-2] if len(done) > 1 and done[-1] == last else None
    return before is not None and last.kind == CHANGE and (last.before, last.after) == (before.after, before.before)


def undo_in_front(dialogue: Dialogue, said: Said) -> Next:
    """While something is in front that waits for a yes, taking back is saying no; otherwise it is given up."""
    if dialogue.tasks[0].asked == steps.CONFIRM or not dialogue.done:
        return give_up(dialogue, said)
    return undo(dialogue.with_front(None), said)


def _all_back(written: Sequence[Written]) -> Task:
    """The change that brings several that were moved together back: the first of them to where it was."""
    first = min((one.before for one in written if one.before), key=lambda one: (one.day, one.time))
    ids = tuple(one.id for one in written)
    return Task(CHANGE, days=(first.day,), times=(first.time,), targets=ids, undoes=True)


def _back(before: KnownAppointment, after: KnownAppointment | None) -> Task:
    """The change that makes an appointment what it was."""
    service = before.service if after is None or after.service != before.service else ""
    staff = (before.staff,) if before.staff and (after is None or after.staff != before.staff) else ()
    moved = after is None or (after.day, after.time) != (before.day, before.time)
    return Task(
        CHANGE,
        items=(Item(service, staff),) if service or staff else (),
        days=(before.day,) if moved else (),
        times=(before.time,) if moved else (),
        targets=(before.id,),
        name=before.name if after is not None and after.name != before.name else "",
        undoes=True,
    )


# --- answers ----------------------------------------------------------------------------------


def agree(dialogue: Dialogue, said: Said) -> Next:
    """A yes to what the last reply asked; with other values it is these that count."""
    front = dialogue.tasks[0]
    if said.offer:
        return take_offer(dialogue, said)
    if front.asked == steps.CONFIRM and not _other(front, said):
        return Next(dialogue, confirmed=True)
    if said.has_values and front.asked != steps.TAKE:
        return go_on(dialogue, said)
    if front.asked in _CHOICES and front.offers and (len(front.offers) == 1 or front.asked == steps.TAKE):
        after = merged(front, said.meaning) if said.has_values else front
        if after.days == front.days and after.times == front.times:
            return Next(dialogue.with_front(replace(with_offer(front, front.offers[0]), inquires=False, doubts=())))
        return Next(dialogue.with_front(replace(after, inquires=False)))
    if front.asked in _CHOICES and len(front.offers) > 1 and not said.has_values:  # "dale" to a list
        return take_any(dialogue, said)
    if front.asked == steps.EMAIL_NEEDED:  # "o preferís hablar con una persona?"
        return Next(dialogue, (steps.PERSON,))
    if front.asked == steps.STAFF:
        return Next(dialogue.with_front(replace(front, items=tuple(replace(item, staff=()) for item in front.items))))
    if front.asked == steps.DOUBT and front.doubts and len(front.doubts[0].candidates) < 2:
        return Next(dialogue.with_front(replace(front, doubts=front.doubts[1:] if _single(front) else ())))
    return Next(dialogue)


def agree_to_nothing(dialogue: Dialogue, said: Said) -> Next:
    """A yes without a task: to what was just done, or to the service whose price was just told."""
    if dialogue.done or not dialogue.spoken_of:
        return Next(dialogue, (steps.AGREED,))
    return begin_booking(dialogue, said)


def disagree(dialogue: Dialogue, said: Said) -> Next:
    """A no to what the last reply asked; with other values it is these that count."""
    front = dialogue.tasks[0]
    if front.asked in _CHOICES or (front.asked == steps.WHEN and front.offers):
        return refuse_offers(dialogue, said)
    if said.has_values:
        return go_on(dialogue, said) if front.kind != CANCEL else book_instead(dialogue, said)
    if front.asked == steps.DOUBT and front.doubts:
        return Next(_without_doubted(dialogue, front))
    if front.asked in SLOT_OF_STEP:
        return refuse_datum(dialogue, said)
    return give_up(dialogue, said)


def refuse_offers(dialogue: Dialogue, said: Said) -> Next:
    """None of the offers: others are wanted, within what is said now."""
    front = merged(dialogue.tasks[0], said.meaning, said.added)
    refused = replace(front, rejected=rejected_of(dialogue.tasks[0]), chosen=None)
    return Next(dialogue.with_front(replace(refused, rejected=but_named(refused, said.meaning))))


def take_offer(dialogue: Dialogue, said: Said) -> Next:
    """One of the offers, by its number."""
    front = dialogue.tasks[0]
    offer = offer_at(front, said.offer)
    if offer is None:
        return go_on(dialogue, replace(said, meaning=replace(said.meaning, refers_to=())))
    staffed = merged(front, replace(said.meaning, days=(), times=()), said.added)
    open_day = front.asked == steps.WHEN and len({each.day for each in front.offers}) > 1
    chosen = said.meaning.does(ActKind.CHOOSE) and not said.meaning.does(ActKind.CONFIRM)
    vague = said.is_vague or (chosen and not said.meaning.told_which and len(front.offers) > 1)
    taken = replace(with_offer(staffed, offer), inquires=open_day or vague, doubts=said.meaning.doubts)
    return Next(dialogue.with_front(taken))


def take_any(dialogue: Dialogue, said: Said) -> Next:
    """Any of the offers: the assistant chooses the first, and asks whether it is right."""
    front = dialogue.tasks[0]
    rounds = front.times_asked if front.asked == steps.TAKE else 0
    taken = replace(front, offers=front.offers[:1], inquires=True, asked=steps.TAKE, times_asked=rounds)
    return Next(dialogue.with_front(taken))


def choose(dialogue: Dialogue, said: Said) -> Next:
    """A choice among offers, or among one's own appointments."""
    if said.offer:
        return take_offer(dialogue, said)
    if said.refers_to(ANY) and dialogue.tasks[0].offers:
        return take_any(dialogue, said)
    kind = dialogue.tasks[0].kind
    return {CANCEL: go_on_cancelling, CHANGE: go_on_changing}.get(kind, go_on)(dialogue, said)


def give(dialogue: Dialogue, said: Said) -> Next:
    """Values without a task in front: a correction of what was just written, or the beginning of a booking. Who asks
    for a person and says who they are corrects nothing."""
    written = last_standing(dialogue) if not _wants_a_person(said) else None
    name, email = said.datum("client_name"), said.datum("client_email")
    if written and (name or email) and not said.has_values:
        return Next(dialogue.begin(Task(CHANGE, targets=(written.id,), name=name, email=email)))
    return begin_booking(dialogue, said) if said.has_values else Next(dialogue)


def _wants_a_person(said: Said) -> bool:
    return said.meaning.does(ActKind.PERSON) or said.meaning.does(ActKind.COMPLAIN)


def refuse_datum(dialogue: Dialogue, said: Said) -> Next:
    """What was asked is not given."""
    front = dialogue.tasks[0]
    slot = SLOT_OF_STEP.get(front.asked)
    if slot == "client_name" and not dialogue.email and "client_email" not in front.refused:
        slot = "client_email"  # the question was for both, and an address is what customers have none of
    if slot is None or said.has_values:
        return disagree(dialogue, said) if front.asked in _CHOICES else go_on(dialogue, said)
    return Next(dialogue.with_front(replace(front, refused=tuple(dict.fromkeys((*front.refused, slot))))))


def defer(dialogue: Dialogue, said: Said) -> Next:
    """The customer answers later; what was said besides is kept."""
    after = merged(dialogue.tasks[0], said.meaning, said.added) if said.has_values else dialogue.tasks[0]
    return Next(dialogue.with_front(after), (steps.DEFERRED,))


def give_up(dialogue: Dialogue, _said: Said) -> Next:
    """The task in front is given up."""
    front = dialogue.tasks[0]
    services = {item.service for item in front.items if item.service} if front.kind == BOOK else set()
    if len(services) == 1:  # "me quedo con el de las 10" later is of that service
        dialogue = replace(dialogue, spoken_of=services.pop())
    return Next(dialogue.with_front(None), (steps.KEPT if front.kind == CANCEL else steps.DROPPED,))


def asked_something(dialogue: Dialogue, said: Said) -> Next:
    """A question beside the task: the values that come with it are kept where the task waits for some."""
    front = dialogue.tasks[0]
    waits = front.asked in (*_CHOICES, steps.WHEN, steps.SERVICE, steps.CHANGE_WHAT)
    if said.offer:
        return take_offer(dialogue, said)
    when = replace(said.meaning, items=tuple(item for item in said.meaning.items if not item.service), people=None)
    if front.kind in (BOOK, CHANGE) and waits and (when.days or when.times):
        return Next(dialogue.with_front(replace(merged(front, when), inquires=False)))
    return Next(dialogue)


def asked_of_business(dialogue: Dialogue, said: Said) -> Next:
    """A question without a task: the service that it is about is the one of a booking that comes next."""
    services = [item.service for item in said.meaning.items if item.service]
    if services and said.meaning.days and Subject.PRICE in said.meaning.subjects:
        return Next(dialogue.begin(merged(Task(BOOK, inquires=True), said.meaning)))
    if len(services) == 1:
        return Next(replace(dialogue, spoken_of=services[0], spoken_of_together=()))
    return Next(replace(dialogue, spoken_of="", spoken_of_together=tuple(services)) if services else dialogue)


def stay(dialogue: Dialogue, _said: Said) -> Next:
    """Nothing changes."""
    return Next(dialogue)


def noting(note: str) -> Transition:
    """A transition that changes nothing, and notes something."""

    def transition(dialogue: Dialogue, _said: Said) -> Next:
        return Next(dialogue, (note,))

    transition.__name__ = f"note_{note}"
    return transition


def _without_doubted(dialogue: Dialogue, front: Task) -> Dialogue:
    """The dialogue once the customer said that a doubted part is wrong: it is asked for."""
    part = front.doubts[0].part
    after = replace(front, doubts=front.doubts[1:])
    if part == "data":
        return replace(dialogue.with_front(replace(after, email="")), email="")
    return dialogue.with_front(
        replace(
            after,
            chosen=None,
            items=() if part == "items" else front.items,
            days=() if part not in ("items", "times") else front.days,
            times=() if part not in ("items", "days") else front.times,
        )
    )


def _single(front: Task) -> bool:
    """Whether a read-back was about one part alone, and others are still to be read back."""
    return front.doubts[0].part == "data"


def _other(front: Task, said: Said) -> bool:
    """Whether a message says something else than what waits for its yes."""
    if front.kind == CANCEL:
        return bool(said.meaning.days or said.meaning.times) and not said.appointments
    after = merged(front, said.meaning)
    return (after.items, after.days, after.times) != (front.items, front.days, front.times)


def _row(*columns: Transition) -> Mapping[str, Transition]:
    return dict(zip(COLUMNS, columns, strict=True))


def _everywhere(transition: Transition) -> Mapping[str, Transition]:
    return dict.fromkeys(COLUMNS, transition)


TABLE: Mapping[ActKind, Mapping[str, Transition]] = {
    ActKind.BOOK: _row(begin_booking, go_on, book_beside, book_instead, book_beside),
    ActKind.AVAILABILITY: _row(begin_booking, go_on, book_beside, book_instead, book_beside),
    ActKind.CHANGE: _row(begin_change, change_while_booking, go_on_changing, change_instead, change_instead),
    ActKind.CANCEL: _row(begin_cancel, cancel_while_booking, cancel_instead, go_on_cancelling, cancel_instead),
    ActKind.UNDO: _row(undo, undo_in_front, undo_in_front, undo_in_front, undo_in_front),
    ActKind.CONFIRM: _row(agree_to_nothing, agree, agree, agree, agree),
    ActKind.DENY: _row(noting(steps.CHAT), disagree, disagree, disagree, disagree),
    ActKind.CHOOSE: _row(give, choose, choose, choose, choose),
    ActKind.GIVE: _row(give, go_on, go_on_changing, book_instead, stay),
    ActKind.REFUSE: _row(noting(steps.CHAT), refuse_datum, refuse_datum, refuse_datum, refuse_datum),
    ActKind.DEFER: _row(noting(steps.DEFERRED), defer, defer, defer, defer),
    ActKind.ASK: _row(asked_of_business, asked_something, asked_something, stay, stay),
    ActKind.COMPLAIN: _everywhere(noting(steps.COMPLAINT)),
    ActKind.PERSON: _everywhere(noting(steps.PERSON)),
    ActKind.LATE: _everywhere(noting(steps.LATE)),
    ActKind.ARRIVED: _everywhere(noting(steps.ARRIVED)),
    ActKind.THANK: _everywhere(noting(steps.THANKS)),
    ActKind.GREET: _everywhere(noting(steps.GREETING)),
    ActKind.BYE: _everywhere(noting(steps.GOODBYE)),
    ActKind.SMALLTALK: _everywhere(noting(steps.CHAT)),
    ActKind.STOP: _everywhere(noting(steps.STOPPED)),
    ActKind.OFFTOPIC: _everywhere(noting(steps.OFFTOPIC)),
}
"""What becomes of the dialogue, by act and kind of front task."""
