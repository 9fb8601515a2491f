"""Making an appointment, by the table of rules."""

import pytest

from planner.rules.next_step import plan
from planner.turn import PlanningTurn
from tests.unit.planner.builders import (
    COMPLETE,
    NOW,
    SALON,
    VET,
    checked,
    no,
    tools_of,
    with_tool,
    without_tools,
    yes,
)
from turn.model import ConversationState, Observation, Slots
from turn.tools import BOOK, CHECK
from turn.vocabulary import Intent, Status

ALL = ("service_type", "preferred_date", "preferred_time", "client_name", "client_email")


def book(slots: dict[str, str], *seen: Observation, state: ConversationState | None = None) -> PlanningTurn:
    return PlanningTurn(Intent.BOOK, NOW, slots, state or ConversationState(), observations=seen)


def test_slots_are_missing_in_the_order_in_which_they_are_asked() -> None:
    given: dict[str, str] = {}
    for position, name in enumerate(ALL):
        assert plan(book(given), SALON).missing_slots == ALL[position:]
        given[name] = COMPLETE[name]
    assert plan(book(given), SALON).missing_slots == ()


def test_a_complete_request_checks_and_then_books_at_once() -> None:
    made = plan(book({**COMPLETE, "staff_name": "Sofía", "client_phone": "+5491155551234"}), SALON)
    assert tools_of(made) == [CHECK, BOOK]
    assert made.actions[0].args == {
        "service_type": "Corte de Cabello",
        "date_str": "2026-03-12",
        "staff_name": "Sofía",
    }
    assert made.actions[1].args == {**COMPLETE, "staff_name": "Sofía", "client_phone": "+5491155551234"}
    assert not made.needs_confirmation


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"preferred_date": "2026-03-10"}, ("preferred_date",)),
        ({"preferred_date": "2026-03-15"}, ("preferred_date",)),
        ({"preferred_date": "2028-03-15"}, ("preferred_date",)),
        ({"preferred_date": "mañana"}, ("preferred_date",)),
        ({"preferred_time": "08:45"}, ("preferred_time",)),
        ({"preferred_time": "12:30"}, ("preferred_time",)),
        ({"preferred_time": "18:30"}, ("preferred_time",)),
        ({"preferred_time": "3pm"}, ("preferred_time",)),
        ({"preferred_date": "2026-03-11", "preferred_time": "09:30"}, ("preferred_time",)),
        ({"preferred_date": "2026-03-15", "preferred_time": "3pm"}, ("preferred_date", "preferred_time")),
        ({"service_type": "Depilación"}, ("service_type",)),
        ({"staff_name": "Lucía"}, ("staff_name",)),
        ({"staff_name": "Nadie"}, ("staff_name",)),
        ({"client_email": "ana@test"}, ("client_email",)),
        ({"client_email": f"{'a' * 120}@test.com"}, ("client_email",)),
        ({"client_name": "   "}, ("client_name",)),
        ({"client_name": "a" * 81}, ("client_name",)),
    ],
)
def test_what_cannot_be_used_is_missing_and_nothing_is_booked(
    changes: dict[str, str], missing: tuple[str, ...]
) -> None:
    made = plan(book({**COMPLETE, **changes}), SALON)
    assert made.missing_slots == missing
    assert BOOK not in tools_of(made)


def test_a_time_waits_for_a_day_that_can_be_served() -> None:
    assert plan(book({**COMPLETE, "preferred_date": "2026-03-15", "preferred_time": "22:00"}), SALON).missing_slots == (
        "preferred_date",
    )


def test_the_last_start_that_leaves_room_for_the_service_is_usable() -> None:
    assert plan(book({**COMPLETE, "preferred_time": "18:15"}), SALON).missing_slots == ()


@pytest.mark.parametrize("unusable", [{"preferred_date": "2026-03-15"}, {"staff_name": "Lucía"}, {"service_type": "X"}])
def test_nothing_is_checked_for_a_day_a_service_or_staff_that_cannot_be(unusable: dict[str, str]) -> None:
    assert tools_of(plan(book({**COMPLETE, **unusable}), SALON)) == []


@pytest.mark.parametrize("name", ["service_type", "preferred_date", "preferred_time", "staff_name"])
def test_availability_is_checked_again_when_the_wanted_moment_changes(name: str) -> None:
    slots = {key: COMPLETE[key] for key in ALL[:3]} | {"staff_name": "Sofía"}
    before = {**slots, name: "something else"}
    assert tools_of(plan(book(slots, state=ConversationState(Intent.BOOK, Slots(**before))), SALON)) == [CHECK]


def test_availability_is_not_checked_again_when_only_a_name_was_said() -> None:
    known = {key: COMPLETE[key] for key in ALL[:3]}
    made = plan(book({**known, "client_name": "Ana"}, state=ConversationState(Intent.BOOK, Slots(**known))), SALON)
    assert (tools_of(made), made.missing_slots) == ([], ("client_email",))


def test_availability_is_checked_when_the_time_is_about_to_be_asked_for_again() -> None:
    known = {key: COMPLETE[key] for key in ALL[:2]}
    assert tools_of(plan(book(known, state=ConversationState(Intent.BOOK, Slots(**known))), SALON)) == [CHECK]


def test_known_slots_of_another_task_are_checked() -> None:
    known = {key: COMPLETE[key] for key in ALL[:3]}
    assert tools_of(plan(book(known, state=ConversationState(Intent.UNSPECIFIED, Slots(**known))), SALON)) == [CHECK]


@pytest.mark.parametrize(
    ("times", "missing"),
    [
        (["15:00", "15:15"], ("client_name", "client_email")),
        (["14:30"], ("preferred_time", "client_name", "client_email")),
        ([], ("preferred_date", "client_name", "client_email")),
    ],
)
def test_the_checks_answer_decides_what_to_ask(times: list[str], missing: tuple[str, ...]) -> None:
    slots = {key: COMPLETE[key] for key in ALL[:3]}
    seen = checked(times, service_type="Corte de Cabello", date_str="2026-03-12")
    made = plan(book(slots, seen), SALON)
    assert (made.actions, made.missing_slots) == ((), missing)


@pytest.mark.parametrize(
    ("reason", "slot"),
    [
        ("CLOSED", "preferred_date"),
        ("TOO_FAR", "preferred_date"),
        ("INVALID_DATE", "preferred_date"),
        ("PAST", "preferred_time"),
        ("TAKEN", "preferred_time"),
        ("OUTSIDE_HOURS", "preferred_time"),
        ("INVALID_TIME", "preferred_time"),
        ("UNKNOWN_SERVICE", "service_type"),
        ("UNKNOWN_STAFF", "staff_name"),
        ("STAFF_DOES_NOT_DO", "staff_name"),
    ],
)
@pytest.mark.parametrize("tool", [CHECK, BOOK])
def test_a_refused_slot_is_asked_for_again(tool: str, reason: str, slot: str) -> None:
    skipped = Observation(BOOK, Status.SKIPPED)
    seen = [no(CHECK, reason), skipped] if tool == CHECK else [checked(["15:00"]), no(BOOK, reason)]
    made = plan(book(COMPLETE, *seen), SALON)
    assert (made.actions, made.missing_slots) == ((), (slot,))


@pytest.mark.parametrize("reason", ["TOO_MANY_OPEN", "TOO_MANY_TODAY", "TOO_MUCH_OF_DAY"])
def test_a_booking_over_the_customer_s_limit_asks_for_nothing_and_is_not_tried_again(reason: str) -> None:
    made = plan(book(COMPLETE, checked(["15:00"]), no(BOOK, reason)), SALON)
    assert (made.actions, made.missing_slots, made.needs_confirmation) == ((), (), False)


def test_a_booking_that_is_done_asks_for_nothing() -> None:
    made = plan(book(COMPLETE, checked(["15:00"]), yes(BOOK, booking_id="PB-AAAAAA")), SALON)
    assert (made.actions, made.missing_slots, made.needs_confirmation) == ((), (), False)


def test_a_booking_skipped_because_the_time_is_taken_asks_for_another() -> None:
    made = plan(book(COMPLETE, checked(["14:30"]), Observation(BOOK, Status.SKIPPED)), SALON)
    assert (made.actions, made.missing_slots) == ((), ("preferred_time",))


def test_a_booking_that_must_be_confirmed_waits_after_the_check() -> None:
    careful = with_tool(BOOK, confirm=True)
    first = plan(book(COMPLETE), careful)
    assert (tools_of(first), first.needs_confirmation) == ([CHECK, BOOK], True)
    seen = checked(["15:00"], service_type="Corte de Cabello", date_str="2026-03-12")
    second = plan(book(COMPLETE, seen), careful)
    assert (tools_of(second), second.needs_confirmation) == ([BOOK], True)


def test_an_incomplete_booking_waits_for_no_yes() -> None:
    assert not plan(book({"service_type": "Barba"}), with_tool(BOOK, confirm=True)).needs_confirmation


def test_the_manifest_says_which_slots_a_booking_needs() -> None:
    short = with_tool(BOOK, required_slots=("service_type", "preferred_date", "preferred_time"))
    slots = {key: COMPLETE[key] for key in ALL[:3]}
    assert tools_of(plan(book(slots), short)) == [CHECK, BOOK]


def test_without_a_booking_tool_only_availability_is_looked_at() -> None:
    made = plan(book(COMPLETE), without_tools(BOOK))
    assert (tools_of(made), made.missing_slots) == ([CHECK], ())


def test_another_business_books_by_its_own_hours() -> None:
    slots = {**COMPLETE, "service_type": "Ecografía", "preferred_time": "19:15"}
    assert tools_of(plan(book(slots), VET)) == [CHECK, BOOK]
    assert plan(book({**slots, "preferred_time": "19:30"}), VET).missing_slots == ("preferred_time",)
    assert plan(book({**slots, "preferred_date": "2026-09-18"}), VET).missing_slots == ("preferred_date",)


@pytest.mark.parametrize(
    ("slot", "usable", "unusable"),
    [("staff_name", "Sofía", "Lucía"), ("booking_id", "PB-AAAAAA", "PB-1"), ("client_phone", "+5491155551234", "")],
)
def test_a_manifest_may_ask_for_other_slots_too(slot: str, usable: str, unusable: str) -> None:
    stricter = with_tool(BOOK, required_slots=(*ALL, slot))
    assert slot in plan(book(COMPLETE), stricter).missing_slots
    assert slot in plan(book({**COMPLETE, slot: unusable}), stricter).missing_slots
    assert plan(book({**COMPLETE, slot: usable}), stricter).missing_slots == ()


def test_the_agenda_is_asked_again_after_a_question_about_the_time() -> None:
    slots = {name: COMPLETE[name] for name in ("service_type", "preferred_date", "preferred_time", "client_name")}
    before = {name: value for name, value in slots.items() if name != "client_name"}
    state = ConversationState(Intent.BOOK, Slots(**before), asked_slot="preferred_time")
    first = plan(PlanningTurn(Intent.BOOK, NOW, slots, state), SALON)
    assert tools_of(first) == [CHECK]
    taken = checked(["14:00"], **first.actions[0].args)
    assert (
        plan(PlanningTurn(Intent.BOOK, NOW, slots, state, observations=(taken,)), SALON).missing_slots[0]
        == "preferred_time"
    )
    asked_name = ConversationState(Intent.BOOK, Slots(**before), asked_slot="client_name")
    assert plan(PlanningTurn(Intent.BOOK, NOW, slots, asked_name), SALON).actions == ()


def test_a_question_in_between_asks_on_about_the_time_that_was_refused() -> None:
    slots = {name: COMPLETE[name] for name in ("service_type", "preferred_date", "preferred_time")}
    state = ConversationState(Intent.BOOK, Slots(**slots), asked_slot="preferred_time")
    assert plan(PlanningTurn(Intent.INFO_PRICES, NOW, slots, state), SALON).missing_slots[0] == "preferred_time"


def test_the_agenda_is_asked_for_whom_a_yes_took() -> None:
    slots = {name: COMPLETE[name] for name in ("service_type", "preferred_date", "preferred_time")}
    made = plan(
        PlanningTurn(Intent.BOOK, NOW, slots, ConversationState(Intent.BOOK, Slots(**slots), asked_slot="staff_name")),
        SALON,
    )
    assert tools_of(made) == [CHECK]
