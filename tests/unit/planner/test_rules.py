"""Information, small talk, confirmed writes, and turns that cannot go on."""

import pytest

from planner.rules.next_step import RULES, plan
from planner.turn import PlanningTurn
from tests.intents import OF_CONTRACT
from tests.unit.planner.builders import (
    COMPLETE,
    INFORMATION,
    NOW,
    SALON,
    SMALL_TALK,
    VET,
    checked,
    found,
    no,
    tools_of,
    with_tool,
    without_tools,
    yes,
)
from turn.model import Action, BookingChoice, ConversationState, Decision, Observation, Slots
from turn.tools import BOOK, CANCEL, CHECK, FIND, HOURS, PACKAGES, PROMOTIONS, RESCHEDULE, SERVICES
from turn.vocabulary import Intent, Outcome, Status, Topic

TWO = (BookingChoice("PB-AAAAAA"), BookingChoice("PB-BBBBBB"))
"""Appointments between which the customer was asked to choose."""

CANCEL_IT = Action(CANCEL, {"booking_id": "PB-AAAAAA"})
MOVE_IT = Action(RESCHEDULE, {"booking_id": "PB-AAAAAA", "preferred_date": "2026-03-16", "preferred_time": "15:00"})


@pytest.mark.parametrize("intent", OF_CONTRACT)
def test_every_intent_has_its_rule(intent: str) -> None:
    assert intent in RULES


@pytest.mark.parametrize("intent", SMALL_TALK)
def test_small_talk_plans_nothing(intent: Intent) -> None:
    made = plan(PlanningTurn(intent, NOW, COMPLETE), SALON)
    assert (made.actions, made.missing_slots) == ((), ())


@pytest.mark.parametrize("intent", SMALL_TALK)
def test_a_question_about_my_appointment_looks_it_up_once(intent: Intent) -> None:
    asked = PlanningTurn(intent, NOW, topic=Topic.MY_APPOINTMENT)
    assert tools_of(plan(asked, SALON)) == [FIND]
    assert plan(asked, without_tools(FIND)).actions == ()
    assert plan(PlanningTurn(intent, NOW, topic=Topic.MY_APPOINTMENT, observations=(found(),)), SALON).actions == ()


@pytest.mark.parametrize(
    ("intent", "topic", "tool"),
    [
        (Intent.INFO_SERVICES, Topic.UNSPECIFIED, SERVICES),
        (Intent.INFO_SERVICES, Topic.DURATION, SERVICES),
        (Intent.INFO_SERVICES, Topic.STAFF, SERVICES),
        (Intent.INFO_PRICES, Topic.UNSPECIFIED, SERVICES),
        (Intent.INFO_PRICES, Topic.PROMOTIONS, PROMOTIONS),
        (Intent.INFO_PRICES, Topic.PACKAGES, PACKAGES),
        (Intent.INFO_SERVICES, Topic.PACKAGES, PACKAGES),
        (Intent.INFO_HOURS, Topic.UNSPECIFIED, HOURS),
    ],
)
def test_each_question_has_its_tool_and_asks_it_once(intent: Intent, topic: Topic, tool: str) -> None:
    first = plan(PlanningTurn(intent, NOW, topic=topic), SALON)
    assert (tools_of(first), first.missing_slots) == ([tool], ())
    assert plan(PlanningTurn(intent, NOW, topic=topic, observations=(yes(tool),)), SALON).actions == ()
    assert plan(PlanningTurn(intent, NOW, topic=topic), without_tools(tool)).actions == ()


@pytest.mark.parametrize("topic", [Topic.PROMOTIONS, Topic.PACKAGES])
def test_the_vet_is_not_asked_for_what_it_has_no_tool_for(topic: Topic) -> None:
    assert plan(PlanningTurn(Intent.INFO_PRICES, NOW, topic=topic), VET).actions == ()


def test_a_price_is_asked_for_the_service_spoken_of() -> None:
    talked = ConversationState(Intent.UNSPECIFIED, Slots(service_type="Barba"))
    made = plan(PlanningTurn(Intent.INFO_PRICES, NOW, {"service_type": "Barba"}, talked), SALON)
    assert made.actions[0].args == {"q": "Barba"}


def test_what_is_done_here_is_narrowed_only_by_the_message_itself() -> None:
    talked = ConversationState(Intent.UNSPECIFIED, Slots(service_type="Barba"))
    general = PlanningTurn(Intent.INFO_SERVICES, NOW, {"service_type": "Barba"}, talked)
    assert plan(general, SALON).actions[0].args == {}
    assert plan(PlanningTurn(Intent.INFO_SERVICES, NOW, {"service_type": "Barba"}), SALON).actions[0].args == {
        "q": "Barba"
    }
    duration = PlanningTurn(Intent.INFO_SERVICES, NOW, {"service_type": "Barba"}, talked, topic=Topic.DURATION)
    assert plan(duration, SALON).actions[0].args == {"q": "Barba"}


def test_a_service_that_is_not_offered_lists_all() -> None:
    made = plan(PlanningTurn(Intent.INFO_SERVICES, NOW, {"service_type": "Barba"}, topic=Topic.NOT_OFFERED), SALON)
    assert made.actions[0].args == {}


@pytest.mark.parametrize("intent", [*INFORMATION, *SMALL_TALK])
def test_an_aside_lists_what_the_task_still_needs_from_what_was_known(intent: Intent) -> None:
    state = ConversationState(Intent.BOOK, Slots(service_type="Corte de Cabello", preferred_date="2026-03-12"))
    aside = PlanningTurn(intent, NOW, {**state.slots, "service_type": "Barba", "preferred_time": "15:00"}, state)
    made = plan(aside, SALON)
    assert made.missing_slots == ("preferred_time", "client_name", "client_email")
    assert BOOK not in tools_of(made)
    assert CHECK not in tools_of(made)


@pytest.mark.parametrize("topic", [Topic.GOODBYE, Topic.HUMAN, Topic.COMPLAINT, Topic.ABANDON])
def test_some_messages_are_not_asked_on_after(topic: Topic) -> None:
    assert (
        plan(PlanningTurn(Intent.OTHER, NOW, state=ConversationState(Intent.BOOK), topic=topic), SALON).missing_slots
        == ()
    )


@pytest.mark.parametrize(
    ("state", "missing"),
    [
        (
            ConversationState(Intent.CANCEL, booking_choices=TWO),
            ("booking_id",),
        ),
        (ConversationState(Intent.CANCEL, pending=(CANCEL_IT,)), ()),
        (ConversationState(Intent.CANCEL), ()),
        (ConversationState(Intent.RESCHEDULE), ("preferred_date",)),
        (ConversationState(Intent.RESCHEDULE, Slots(preferred_time="15:00")), ()),
        (
            ConversationState(Intent.RESCHEDULE, Slots(preferred_date="2026-03-16"), asked_slot="preferred_time"),
            ("preferred_time",),
        ),
        (ConversationState(Intent.RESCHEDULE, pending=(MOVE_IT,)), ()),
        (
            ConversationState(Intent.RESCHEDULE, booking_choices=TWO),
            ("booking_id",),
        ),
    ],
)
def test_an_aside_while_changing_an_appointment_lists_the_open_slot(
    state: ConversationState, missing: tuple[str, ...]
) -> None:
    assert plan(PlanningTurn(Intent.INFO_HOURS, NOW, state.slots, state), SALON).missing_slots == missing


def test_giving_up_plans_nothing_whatever_was_under_way() -> None:
    for intent in Intent:
        made = plan(
            PlanningTurn(intent, NOW, COMPLETE, ConversationState(Intent.BOOK, Slots(**COMPLETE)), Topic.ABANDON), SALON
        )
        assert (made.actions, made.missing_slots) == ((), ())


def confirmed(*pending: Action, seen: tuple[Observation, ...] = (), intent: Intent = Intent.CANCEL) -> PlanningTurn:
    return PlanningTurn(intent, NOW, {}, ConversationState(intent, pending=pending), confirmed=True, observations=seen)


@pytest.mark.parametrize("action", [CANCEL_IT, MOVE_IT])
def test_a_yes_runs_exactly_what_waited_and_only_once(action: Action) -> None:
    made = plan(confirmed(action), SALON)
    assert (made.actions, made.needs_confirmation, made.missing_slots) == ((action,), False, ())
    assert plan(confirmed(action, seen=(yes(action.tool, action.args),)), SALON).actions == ()


def test_a_yes_to_nothing_is_planned_like_any_message() -> None:
    assert tools_of(plan(confirmed(), SALON)) == [FIND]


def test_a_confirmed_write_that_the_workspace_lost_is_not_run() -> None:
    assert plan(confirmed(CANCEL_IT), without_tools(CANCEL)).actions == ()


def test_a_confirmed_booking_is_checked_in_the_same_turn() -> None:
    booking = Action(BOOK, {**COMPLETE, "staff_name": "Sofía"})
    careful = with_tool(BOOK, confirm=True)
    made = plan(confirmed(booking, intent=Intent.BOOK), careful)
    assert tools_of(made) == [CHECK, BOOK]
    assert made.actions[1] == booking
    taken = (checked(["10:00"], **made.actions[0].args), Observation(BOOK, Status.SKIPPED, args=booking.args))
    assert plan(confirmed(booking, seen=taken, intent=Intent.BOOK), careful).missing_slots == ("preferred_time",)


@pytest.mark.parametrize(("reason", "slot"), [("TAKEN", "preferred_time"), ("CLOSED", "preferred_date")])
def test_a_confirmed_move_that_is_refused_asks_again(reason: str, slot: str) -> None:
    made = plan(confirmed(MOVE_IT, seen=(no(RESCHEDULE, reason, MOVE_IT.args),)), SALON)
    assert (made.actions, made.missing_slots) == ((), (slot,))


def test_a_confirmed_cancel_of_what_is_gone_ends() -> None:
    made = plan(confirmed(CANCEL_IT, seen=(no(CANCEL, "NOT_FOUND", CANCEL_IT.args),)), SALON)
    assert (made.actions, made.missing_slots) == ((), ())


@pytest.mark.parametrize("status", [Status.FAILED, Status.UNKNOWN, Status.REFUSED])
@pytest.mark.parametrize("tool", [CHECK, BOOK, FIND, CANCEL])
def test_a_turn_that_met_a_failure_or_a_refusal_stops(status: Status, tool: str) -> None:
    made = plan(PlanningTurn(Intent.BOOK, NOW, COMPLETE, observations=(Observation(tool, status),)), SALON)
    assert (made.actions, made.missing_slots, made.needs_confirmation) == ((), (), False)


def test_a_refusal_that_an_answer_would_lift_asks_for_it_in_the_policys_order() -> None:
    needs = ("client_email", "client_name", "shoe_size", "client_email")
    refused = Observation(BOOK, Status.REFUSED, decision=Decision(Outcome.ASK_CLARIFICATION, "MISSING_SLOTS", needs))
    made = plan(PlanningTurn(Intent.BOOK, NOW, COMPLETE, observations=(refused,)), SALON)
    assert (made.actions, made.missing_slots) == ((), ("client_email", "client_name"))


@pytest.mark.parametrize("intent", INFORMATION)
def test_a_failed_answer_leaves_the_tasks_question_open(intent: Intent) -> None:
    state = ConversationState(Intent.BOOK, Slots(service_type="Barba"))
    failed = Observation(SERVICES, Status.FAILED)
    made = plan(PlanningTurn(intent, NOW, state=state, observations=(failed,)), SALON)
    assert (made.actions, made.missing_slots[0]) == ((), "preferred_date")
