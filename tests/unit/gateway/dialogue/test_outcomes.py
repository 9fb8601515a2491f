"""The dialogue once the tools have answered."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from gateway.domain.dialogue.outcomes import after_tools, customer_from, keeping_persons
from gateway.domain.turn_types import Heard, PlanResult
from tests.unit.gateway.dialogue.builders import (
    ANA,
    ANA_OF_TWO,
    AT,
    BEARD,
    OTHER,
    OWN,
    TEN,
    booked,
    booking,
    cancelled,
    cancelling,
    changing,
    dialogue,
    meaning,
    restoring,
)
from turn import steps
from turn.meaning import KnownAppointment
from turn.model import NO_SLOTS, Action, ConversationState, Observation
from turn.tasks import BOOK, CANCEL, CHANGE, MOST_DONE, RESTORE, Customer, Dialogue, Task, Written
from turn.tools import BOOK_ALL, CANCEL_ALL, CHANGE_ALL, FREE_TIMES
from turn.tools import CHANGE as CHANGE_TOOL
from turn.tools import RESTORE as RESTORE_TOOL
from turn.vocabulary import Intent, Status, Topic

NOW = "2026-03-11T13:00:00+00:00"
WRITES = frozenset({BOOK_ALL, CANCEL_ALL, CHANGE_TOOL, RESTORE_TOOL})
NOTHING_NEXT = PlanResult()
CANCELS = Action(CANCEL_ALL, {"booking_ids": [OWN.id]})


def told(one: KnownAppointment) -> dict[str, Any]:
    """An appointment as a tool tells it."""
    return {"booking_id": one.id, **placed(one)}


def placed(one: KnownAppointment) -> dict[str, Any]:
    """An appointment without its id."""
    return {
        "service_type": one.service,
        "date": one.day,
        "time": one.time,
        "staff_name": one.staff,
        "client_name": one.name,
    }


def yes(tool: str, args: dict[str, Any] | None = None, **output: Any) -> Observation:
    """A tool that did what it was asked."""
    return Observation(tool, Status.OK, {"ok": True, **output}, args or {})


def after(
    before: Dialogue, *seen: Observation, plan: PlanResult = NOTHING_NEXT, pending: Sequence[Action] = (), **more: Any
) -> ConversationState:
    """The state after a turn."""
    state = ConversationState(dialogue=before, pending=tuple(pending))
    notes = more.get("notes", ())
    heard = Heard(
        Intent.BOOK, Topic.UNSPECIFIED, NO_SLOTS, NO_SLOTS, False, state, state, meaning=meaning("book"), notes=notes
    )
    return after_tools(heard, plan, seen, WRITES, NOW)


def test_a_booking_ends_its_task_and_is_the_customers_own() -> None:
    state = after(dialogue(booking(), cancelling(), name="Ana"), yes(BOOK_ALL, appointments=[told(OTHER), told(OWN)]))
    assert state.dialogue.tasks == (cancelling(),)
    assert state.dialogue.done == (Written(BOOK, NOW, None, OTHER), Written(BOOK, NOW, None, OWN))
    assert state.dialogue.customer == Customer("Ana", appointments=(OWN, OTHER), looked_at=AT)
    assert (state.last_booking_id, state.active_intent) == (OWN.id, Intent.CANCEL)


def test_a_change_is_kept_with_what_was_before() -> None:
    later = replace(OWN, day="2026-03-14")
    seen = yes(CHANGE_TOOL, booking_id=OWN.id, before=placed(OWN), after=placed(later))
    found = after(dialogue(changing(), customer=ANA_OF_TWO), seen).dialogue
    assert found.done == (Written(CHANGE, NOW, OWN, later),)
    assert found.customer
    assert found.customer.appointments == (OTHER, later)


def test_a_change_whose_answer_has_no_id_is_of_the_one_that_was_asked() -> None:
    seen = yes(CHANGE_TOOL, {"booking_id": OWN.id}, before=placed(OWN), after=placed(OWN))
    assert after(dialogue(changing(), customer=ANA), seen).dialogue.done[0].id == OWN.id


def test_a_cancellation_can_be_taken_back_and_then_is_again_the_customers_own() -> None:
    gone = after(dialogue(cancelling(), customer=ANA_OF_TWO), yes(CANCEL_ALL, appointments=[told(OWN)])).dialogue
    assert (gone.done, gone.tasks) == ((Written(CANCEL, NOW, OWN, None),), ())
    assert gone.customer
    assert (gone.customer.appointments, gone.customer.cancelled) == ((OTHER,), (OWN,))
    back = after(gone.begin(restoring()), yes(RESTORE_TOOL, **told(OWN))).dialogue
    assert back.done[-1] == Written(RESTORE, NOW, None, OWN)
    assert back.customer
    assert (back.customer.appointments, back.customer.cancelled) == ((OWN, OTHER), ())


def test_only_the_last_writes_are_remembered() -> None:
    old = tuple(booked(replace(OTHER, id=f"PB-{number:06}")) for number in range(MOST_DONE))
    found = after(dialogue(booking(), done=old), yes(BOOK_ALL, appointments=[told(OWN)])).dialogue
    assert found.done == (*old[1:], Written(BOOK, NOW, None, OWN))


def test_a_write_whose_end_nobody_knows_forgets_tasks_customer_and_what_waits() -> None:
    before = dialogue(booking(), cancelling(), customer=ANA, done=(cancelled(),))
    state = after(before, Observation(BOOK_ALL, Status.UNKNOWN), pending=(CANCELS,))
    assert state.dialogue == replace(before, tasks=(), customer=None)
    assert state.pending == ()


def test_a_look_whose_end_nobody_knows_changes_nothing() -> None:
    before = dialogue(booking())
    assert after(before, Observation(FREE_TIMES, Status.UNKNOWN)).dialogue == before


def test_a_refused_write_leaves_the_task_with_what_is_asked_next() -> None:
    seen = Observation(BOOK_ALL, Status.OK, {"ok": False, "reason": "TAKEN"})
    plan = PlanResult(next_step=steps.OFFER, offers=(TEN,))
    state = after(dialogue(booking()), seen, plan=plan)
    assert state.dialogue.tasks == (booking(asked=steps.OFFER, times_asked=1, offers=(TEN,)),)
    assert state.dialogue.done == ()
    again = after(state.dialogue, plan=plan)
    assert again.dialogue.tasks == (booking(asked=steps.OFFER, times_asked=2, offers=(TEN,)),)
    other = after(again.dialogue, plan=PlanResult(next_step=steps.NAME, offers=(TEN,)))
    assert other.dialogue.tasks == (booking(asked=steps.NAME, times_asked=1, offers=(TEN,)),)


def test_a_no_that_leaves_nothing_to_ask_ends_the_task() -> None:
    seen = Observation(BOOK_ALL, Status.OK, {"ok": False, "reason": "TOO_MANY_OPEN"})
    assert after(dialogue(booking(), cancelling()), seen).dialogue.tasks == (cancelling(),)


def test_a_write_that_waits_for_a_yes_is_kept_until_the_next_question() -> None:
    plan = PlanResult((CANCELS,), needs_confirmation=True, next_step=steps.CONFIRM)
    state = after(dialogue(cancelling(), customer=ANA), plan=plan)
    assert (state.pending, state.asked_slot) == ((CANCELS,), "confirm")
    moved = after(state.dialogue, plan=PlanResult(next_step=steps.WHICH), pending=state.pending)
    assert moved.pending == ()


def test_a_yes_counts_only_right_after_its_question() -> None:
    state = after(dialogue(cancelling(asked=steps.CONFIRM), customer=ANA), pending=(CANCELS,))
    assert state.pending == ()
    assert state.dialogue.tasks == (cancelling(asked=""),)


def test_an_open_question_for_a_datum_stays_open() -> None:
    state = after(dialogue(booking(asked=steps.EMAIL, offers=(TEN,))))
    assert state.dialogue.tasks == (booking(asked=steps.EMAIL, offers=(TEN,)),)


def test_what_the_business_cannot_do_ends_its_task() -> None:
    before = dialogue(changing(), Task(BOOK, (BEARD,)))
    assert after(before, plan=PlanResult(next_step=steps.CANNOT)).dialogue.tasks == (Task(BOOK, (BEARD,)),)


def test_without_a_task_nothing_waits() -> None:
    assert after(dialogue(), plan=PlanResult(next_step=steps.OFFER), pending=(CANCELS,)).pending == ()


def test_a_customer_is_what_the_tool_tells_and_gaps_are_empty() -> None:
    last = [{"service_type": "Barba", "date": "2026-01-02", "time": "10:00", "staff_name": "Carlos"}]
    output = {
        "client_name": "Ana Ruiz",
        "masked_email": None,
        "last": last,
        "appointments": [told(OWN)],
        "cancelled": [told(OTHER)],
    }
    assert customer_from(output, NOW) == Customer("Ana Ruiz", "", "Barba", "Carlos", (OWN,), (OTHER,), NOW)
    assert customer_from({}, NOW) == Customer(looked_at=NOW)


def test_whom_each_of_a_request_is_for_is_remembered_until_it_is_gone() -> None:
    mine, sons = replace(OWN, person=""), replace(OTHER, person="")
    args = {"items": [{"service_type": OWN.service}, {"service_type": OTHER.service, "person": "hijo"}]}
    booked_both = yes(BOOK_ALL, args, appointments=[told(mine), told(sons)])
    own = after(dialogue(booking()), booked_both).dialogue.customer
    assert own
    assert {one.id: one.person for one in own.appointments} == {OWN.id: "writer", OTHER.id: "hijo"}
    known = keeping_persons(Customer(appointments=(mine, sons)), own.appointments)
    assert known.appointments == own.appointments, "what is looked up anew does not say it"


def test_each_of_several_that_changed_together_can_be_taken_back() -> None:
    later = [replace(one, time="17:00") for one in (OWN, OTHER)]
    rows = [
        {"booking_id": one.id, "before": placed(one), "after": placed(new)}
        for one, new in zip((OWN, OTHER), later, strict=True)
    ]
    now = after(dialogue(changing(), customer=ANA_OF_TWO), yes(CHANGE_ALL, appointments=rows)).dialogue
    assert [(one.kind, one.before, one.after) for one in now.done] == [
        (CHANGE, OWN, later[0]),
        (CHANGE, OTHER, later[1]),
    ]
