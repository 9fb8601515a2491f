"""The dialogue once the tools have answered. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from gateway.domain.dialogue.first_form import with_first_form
from gateway.domain.turn_types import Heard, PlanResult
from turn import steps
from turn.meaning import WRITER, KnownAppointment
from turn.model import ConversationState, Observation
from turn.tasks import BOOK, CANCEL, CHANGE, MOST_DONE, RESTORE, Customer, Dialogue, Placed, Proposal, Task, Written
from turn.tools import BOOK_ALL, CANCEL_ALL, CHANGE_ALL
from turn.tools import CHANGE as CHANGE_TOOL
from turn.tools import RESTORE as RESTORE_TOOL
from turn.vocabulary import Status

_YES_NO = frozenset({steps.CONFIRM, steps.TAKE, steps.DOUBT, steps.STAFF})
"""Questions to which a yes counts only right after them."""


def after_tools(
    heard: Heard, plan: PlanResult, observations: Sequence[Observation], writes: frozenset[str], now: str
) -> ConversationState:
    """The state that the reply is composed from. `writes` are the tools that change anything; `now` is ISO 8601."""
    state, dialogue = heard.state, heard.state.dialogue
    written = tuple(one for seen in observations for one in _written(seen, now))
    if written:
        dialogue = _with_writes(dialogue, written)
        done = replace(dialogue, tasks=dialogue.tasks[1:])
        return with_first_form(replace(state, pending=()), done)
    if any(seen.tool in writes and seen.status is Status.UNKNOWN for seen in observations):
        return with_first_form(replace(state, pending=()), replace(dialogue, tasks=(), customer=None))
    pending = tuple(action for action in plan.actions if action.tool in writes) if plan.needs_confirmation else ()
    front = dialogue.front
    if front is None:
        return with_first_form(replace(state, pending=()), dialogue)
    if not plan.next_step and any(seen.tool in writes and seen.no_reason for seen in observations):
        return with_first_form(replace(state, pending=()), dialogue.with_front(None))  # a no that leaves nothing to ask
    unwritten = next((seen for seen in observations if seen.tool == BOOK_ALL and seen.status is not Status.OK), None)
    if unwritten is not None and front.kind == BOOK:
        return with_first_form(replace(state, pending=()), dialogue.with_front(_to_ask_again(front, unwritten)))
    if not plan.next_step or set(steps.QUIET) & set(heard.notes):
        unasked = replace(front, asked="") if front.asked in _YES_NO else front
        return with_first_form(replace(state, pending=()), dialogue.with_front(unasked))
    if plan.next_step in steps.ENDING:
        return with_first_form(replace(state, pending=()), dialogue.with_front(None))
    front = _asking(front, plan)
    return with_first_form(replace(state, pending=pending), dialogue.with_front(front))


def _asking(front: Task, plan: PlanResult) -> Task:
    """The front task with what the reply asks."""
    again = front.asked == plan.next_step
    return replace(
        front,
        asked=plan.next_step,
        times_asked=front.times_asked + 1 if again else 1,
        offers=plan.offers,
    )


def _to_ask_again(front: Task, unwritten: Observation) -> Task:
    """A booking that could not be written: it waits for a yes, so that no other message writes it unasked."""
    rows = [row for row in unwritten.args.get("items") or () if isinstance(row, Mapping)]
    placed = tuple(
        Placed(*(str(row.get(name) or "") for name in ("service_type", "date", "time", "staff_name", "person")))
        for row in rows
    )
    return replace(front, asked=steps.TAKE, times_asked=0, chosen=None, offers=(Proposal(placed),) if placed else ())


def customer_from(output: Mapping[str, Any], now: str) -> Customer:
    """What `get_customer` tells."""
    last: Mapping[str, Any] = next(iter(output.get("last") or ()), {})
    return Customer(
        name=str(output.get("client_name") or ""),
        masked_email=str(output.get("masked_email") or ""),
        last_service=str(last.get("service_type") or ""),
        last_staff=str(last.get("staff_name") or ""),
        appointments=tuple(map(_appointment, output.get("appointments") or ())),
        cancelled=tuple(map(_appointment, output.get("cancelled") or ())),
        looked_at=now,
    )


def _appointment(row: Mapping[str, Any]) -> KnownAppointment:
    def text(*names: str) -> str:
        return next((str(row[name]) for name in names if row.get(name)), "")

    return KnownAppointment(
        id=text("booking_id"),
        service=text("service_type"),
        day=text("date", "preferred_date"),
        time=text("time", "preferred_time"),
        staff=text("staff_name"),
        name=text("client_name"),
        cancel_until=text("cancel_until"),
        move_until=text("move_until"),
    )


def _written(seen: Observation, now: str) -> Iterator[Written]:
    """The writes that an observation shows as done."""
    if not seen.said_yes:
        return
    output = seen.output
    rows = [_appointment(row) for row in output.get("appointments") or () if isinstance(row, Mapping)]
    if seen.tool == BOOK_ALL:
        yield from (Written(BOOK, now, None, one) for one in _with_persons(rows, seen.args.get("items") or ()))
    elif seen.tool == CANCEL_ALL:
        yield from (Written(CANCEL, now, one, None) for one in rows)
    elif seen.tool == CHANGE_TOOL:
        id_ = str(output.get("booking_id") or seen.args.get("booking_id") or "")
        before, after = (replace(_appointment(output.get(name) or {}), id=id_) for name in ("before", "after"))
        yield Written(CHANGE, now, before, after)
    elif seen.tool == CHANGE_ALL:
        for row in output.get("appointments") or ():
            if isinstance(row, Mapping):
                id_ = str(row.get("booking_id") or "")
                before, after = (replace(_appointment(row.get(name) or {}), id=id_) for name in ("before", "after"))
                yield Written(CHANGE, now, before, after)
    elif seen.tool == RESTORE_TOOL:
        yield Written(RESTORE, now, None, _appointment(output))


def _with_persons(booked: Sequence[KnownAppointment], asked: Sequence[Any]) -> list[KnownAppointment]:
    """Appointments of one request, each with whom it was said to be for."""
    if len(booked) < 2 or len(asked) != len(booked):
        return list(booked)
    rows = [row if isinstance(row, Mapping) else {} for row in asked]
    return [
        one if row.get("client_name") else replace(one, person=str(row.get("person") or WRITER))
        for one, row in zip(booked, rows, strict=True)
    ]


def keeping_persons(customer: Customer, known: Iterable[KnownAppointment]) -> Customer:
    """A customer whose appointments say whom they are for, as far as that is known of them by their ids."""
    persons = {one.id: one.person for one in known if one.person}
    own = (one if one.person else replace(one, person=persons.get(one.id, "")) for one in customer.appointments)
    return replace(customer, appointments=tuple(own))


def _with_writes(dialogue: Dialogue, written: Sequence[Written]) -> Dialogue:
    """The dialogue with writes, and the customer's own appointments as they are now."""
    gone = {one.id for one in written}
    customer = dialogue.customer or Customer()
    standing = [one.after for one in written if one.after]
    own = [one for one in customer.appointments if one.id not in gone] + standing
    cancelled = [one.before for one in written if one.kind == CANCEL and one.before]
    customer = replace(
        customer,
        name=customer.name or dialogue.name,
        appointments=tuple(sorted(own, key=lambda one: (one.day, one.time, one.id))),
        cancelled=(*cancelled, *(one for one in customer.cancelled if one.id not in gone)),
    )
    known = dialogue.customer.appointments if dialogue.customer else ()
    customer = keeping_persons(customer, known)
    return replace(dialogue, customer=customer, done=(*dialogue.done, *written)[-MOST_DONE:])
