"""Giving an appointment up and moving it."""

import pytest

from planner.rules.next_step import plan
from planner.turn import PlanningTurn
from tests.unit.planner.builders import (
    NOW,
    SALON,
    VET,
    appointment,
    checked,
    found,
    no,
    tools_of,
    with_tool,
    without_tools,
    yes,
)
from turn.model import BookingChoice, ConversationState, Observation, Slots
from turn.tools import CANCEL, CHECK, FIND, RESCHEDULE
from turn.vocabulary import Intent

TWO = (BookingChoice("PB-AAAAAA"), BookingChoice("PB-BBBBBB"))
"""Appointments between which the customer was asked to choose."""

HAIRCUT = appointment()
SHAVE = appointment("PB-BBBBBB", service_type="Barba", date="2026-03-13", time="16:00", staff_name="Carlos")


def cancel(
    *seen: Observation, state: ConversationState | None = None, slots: dict[str, str] | None = None, **named: str
) -> PlanningTurn:
    return PlanningTurn(Intent.CANCEL, NOW, {**(slots or {}), **named}, state or ConversationState(), observations=seen)


def move(
    *seen: Observation, state: ConversationState | None = None, slots: dict[str, str] | None = None, **named: str
) -> PlanningTurn:
    return PlanningTurn(
        Intent.RESCHEDULE, NOW, {**(slots or {}), **named}, state or ConversationState(), observations=seen
    )


@pytest.mark.parametrize("intent", [Intent.CANCEL, Intent.RESCHEDULE])
def test_the_appointments_are_looked_up_first(intent: Intent) -> None:
    made = plan(PlanningTurn(intent, NOW, {"client_phone": "+5491155551234"}), SALON)
    assert tools_of(made) == [FIND]
    assert made.actions[0].args == {"client_phone": "+5491155551234"}
    assert plan(PlanningTurn(intent, NOW), SALON).actions[0].args == {}


def test_the_only_appointment_is_cancelled_after_a_yes() -> None:
    made = plan(cancel(found(HAIRCUT)), SALON)
    assert (tools_of(made), made.needs_confirmation) == ([CANCEL], True)
    assert made.actions[0].args == {"booking_id": "PB-AAAAAA"}


def test_without_appointments_nothing_is_done() -> None:
    for seen in (found(), no(FIND, "NOT_FOUND")):
        made = plan(cancel(seen), SALON)
        assert (made.actions, made.missing_slots, made.needs_confirmation) == ((), (), False)


@pytest.mark.parametrize(
    ("slots", "chosen"),
    [
        ({"booking_id": "PB-BBBBBB"}, "PB-BBBBBB"),
        ({"booking_id": "pb-bbbbbb"}, "PB-BBBBBB"),
        ({"service_type": "Barba"}, "PB-BBBBBB"),
        ({"staff_name": "Sofía"}, "PB-AAAAAA"),
    ],
)
def test_one_of_several_appointments_is_chosen_by_what_was_said(slots: dict[str, str], chosen: str) -> None:
    made = plan(cancel(found(HAIRCUT, SHAVE), slots=slots), SALON)
    assert made.actions[0].args == {"booking_id": chosen}


@pytest.mark.parametrize(
    "slots", [{}, {"booking_id": "PB-ZZZZZZ"}, {"service_type": "Manicura"}, {"staff_name": "Lucía"}]
)
def test_which_of_several_is_asked_when_nothing_or_nobody_fits(slots: dict[str, str]) -> None:
    made = plan(cancel(found(HAIRCUT, SHAVE), slots=slots), SALON)
    assert (made.actions, made.missing_slots) == ((), ("booking_id",))


def test_an_appointment_of_somebody_else_is_never_touched() -> None:
    made = plan(cancel(found(HAIRCUT), booking_id="PB-ZZZZZZ"), SALON)
    assert (made.actions, made.missing_slots) == ((), ("booking_id",))


def test_a_service_spoken_of_before_does_not_hide_the_appointment() -> None:
    talked = ConversationState(Intent.UNSPECIFIED, Slots(service_type="Barba"))
    assert tools_of(plan(cancel(found(HAIRCUT), state=talked, service_type="Barba"), SALON)) == [CANCEL]
    assert tools_of(plan(cancel(found(HAIRCUT), service_type="Barba"), SALON)) == []


def test_the_choice_is_among_what_was_listed() -> None:
    listed = ConversationState(Intent.CANCEL, asked_slot="booking_id", booking_choices=(BookingChoice("PB-BBBBBB"),))
    made = plan(cancel(found(HAIRCUT, SHAVE), state=listed), SALON)
    assert made.actions[0].args == {"booking_id": "PB-BBBBBB"}


def test_a_day_answers_which_one_to_cancel() -> None:
    listed = ConversationState(Intent.CANCEL, asked_slot="booking_id", booking_choices=TWO)
    made = plan(cancel(found(HAIRCUT, SHAVE), state=listed, preferred_date="2026-03-13"), SALON)
    assert made.actions[0].args == {"booking_id": "PB-BBBBBB"}


def test_the_day_named_with_a_cancellation_tells_which() -> None:
    made = plan(cancel(found(HAIRCUT, SHAVE), preferred_date="2026-03-13"), SALON)
    assert made.actions[0].args == {"booking_id": "PB-BBBBBB"}


def test_without_a_look_up_the_id_itself_is_trusted_to_the_policy() -> None:
    blind = without_tools(FIND)
    assert plan(cancel(booking_id="PB-AAAAAA"), blind).actions[0].args == {"booking_id": "PB-AAAAAA"}
    assert plan(cancel(), blind).missing_slots == ("booking_id",)


@pytest.mark.parametrize("tool", [CANCEL, RESCHEDULE])
def test_a_change_that_the_workspace_cannot_make_is_not_planned(tool: str) -> None:
    intent = Intent.CANCEL if tool == CANCEL else Intent.RESCHEDULE
    made = plan(PlanningTurn(intent, NOW, {"booking_id": "PB-AAAAAA"}), without_tools(tool))
    assert (made.actions, made.missing_slots) == ((), ())


def test_the_vet_moves_nothing() -> None:
    assert plan(move(found(appointment(service_type="Ecografía")), preferred_time="16:00"), VET).actions == ()


def test_moving_asks_for_the_day_when_neither_day_nor_time_was_said() -> None:
    made = plan(move(found(HAIRCUT)), SALON)
    assert (made.actions, made.missing_slots) == ((), ("preferred_date",))


def test_moving_to_where_it_is_already_asks_for_the_day() -> None:
    for slots in ({"preferred_date": "2026-03-12"}, {"preferred_time": "15:00"}):
        assert plan(move(found(HAIRCUT), slots=slots), SALON).missing_slots == ("preferred_date",)


SAME_DAY = {"service_type": "Corte de Cabello", "date_str": "2026-03-12"}


def test_only_a_time_keeps_the_day_and_is_checked_too() -> None:
    first = plan(move(found(HAIRCUT), preferred_time="17:00"), SALON)
    assert (tools_of(first), first.actions[0].args) == ([CHECK], SAME_DAY)
    made = plan(move(found(HAIRCUT), checked(["17:00"], **SAME_DAY), preferred_time="17:00"), SALON)
    assert (tools_of(made), made.needs_confirmation) == ([RESCHEDULE], True)
    assert made.actions[0].args == {
        "booking_id": "PB-AAAAAA",
        "preferred_date": "2026-03-12",
        "preferred_time": "17:00",
    }


def test_an_occupied_time_of_the_same_day_is_not_proposed() -> None:
    made = plan(move(found(HAIRCUT), checked(["17:30"], **SAME_DAY), preferred_time="17:00"), SALON)
    assert (made.actions, made.missing_slots) == ((), ("preferred_time",))
    full = plan(move(found(HAIRCUT), checked([], **SAME_DAY), preferred_time="17:00"), SALON)
    assert (full.actions, full.missing_slots) == ((), ("preferred_date",))


def test_a_time_that_overlaps_the_own_appointment_is_proposed() -> None:
    for at in ("14:45", "15:15"):
        made = plan(move(found(HAIRCUT), checked([], **SAME_DAY), preferred_time=at), SALON)
        assert (tools_of(made), made.needs_confirmation) == ([RESCHEDULE], True)


def test_only_a_day_keeps_the_time_and_is_checked_first() -> None:
    first = plan(move(found(HAIRCUT), preferred_date="2026-03-16"), SALON)
    assert tools_of(first) == [CHECK]
    assert first.actions[0].args == {"service_type": "Corte de Cabello", "date_str": "2026-03-16"}
    seen = checked(["15:00"], service_type="Corte de Cabello", date_str="2026-03-16")
    second = plan(move(found(HAIRCUT), seen, preferred_date="2026-03-16"), SALON)
    assert (tools_of(second), second.needs_confirmation) == ([RESCHEDULE], True)
    assert second.actions[0].args["preferred_time"] == "15:00"


def test_the_new_day_is_checked_for_whom_the_customer_had_asked_for() -> None:
    made = plan(move(found(appointment(staff_requested=True)), preferred_date="2026-03-16"), SALON)
    assert made.actions[0].args["staff_name"] == "Sofía"


def test_arguments_that_the_broker_added_do_not_make_it_another_call() -> None:
    args = {"service_type": "Corte de Cabello", "date_str": "2026-03-16", "staff_name": "Sofía"}
    made = plan(move(found(HAIRCUT), checked(["15:00"], **args), preferred_date="2026-03-16"), SALON)
    assert tools_of(made) == [RESCHEDULE]


@pytest.mark.parametrize(
    ("seen", "slot"),
    [
        (checked(["10:00"]), "preferred_time"),
        (checked([]), "preferred_date"),
        (no(CHECK, "CLOSED"), "preferred_date"),
        (no(CHECK, "TAKEN"), "preferred_time"),
    ],
)
def test_a_new_day_without_room_is_not_confirmed(seen: Observation, slot: str) -> None:
    made = plan(move(found(HAIRCUT), seen, preferred_date="2026-03-16"), SALON)
    assert (made.actions, made.missing_slots) == ((), (slot,))


@pytest.mark.parametrize(
    ("slots", "missing"),
    [
        ({"preferred_date": "2026-03-15"}, ("preferred_date",)),
        ({"preferred_date": "2026-03-10"}, ("preferred_date",)),
        ({"preferred_time": "22:00"}, ("preferred_time",)),
        ({"preferred_time": "18:30"}, ("preferred_time",)),
        ({"preferred_date": "2026-03-14", "preferred_time": "16:00"}, ("preferred_time",)),
    ],
)
def test_an_unusable_new_moment_is_missing(slots: dict[str, str], missing: tuple[str, ...]) -> None:
    made = plan(move(found(HAIRCUT), slots=slots), SALON)
    assert made.missing_slots == missing
    assert RESCHEDULE not in tools_of(made)


def test_an_unusable_time_of_the_same_day_is_looked_at_to_offer_others() -> None:
    first = plan(move(found(HAIRCUT), preferred_time="22:00"), SALON)
    assert (tools_of(first), first.missing_slots) == ([CHECK], ("preferred_time",))
    seen = checked(["17:00"], **first.actions[0].args)
    second = plan(move(found(HAIRCUT), seen, preferred_time="22:00"), SALON)
    assert (second.actions, second.missing_slots) == ((), ("preferred_time",))


def test_a_change_that_needs_no_yes_is_made_once() -> None:
    bold = with_tool(RESCHEDULE, confirm=False)
    seen = (found(HAIRCUT), checked(["17:00"], **SAME_DAY))
    first = plan(move(*seen, preferred_time="17:00"), bold)
    assert (tools_of(first), first.needs_confirmation) == ([RESCHEDULE], False)
    done = yes(RESCHEDULE, first.actions[0].args)
    assert plan(move(*seen, done, preferred_time="17:00"), bold).actions == ()
    taken = no(RESCHEDULE, "TAKEN", first.actions[0].args)
    assert plan(move(*seen, taken, preferred_time="17:00"), bold).missing_slots == ("preferred_time",)
