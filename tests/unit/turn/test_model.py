"""What slots and observations tell of themselves."""

import pytest

from turn.model import SLOT_NAMES, Action, ConversationState, Decision, Observation, Slots
from turn.vocabulary import Intent, Outcome, Status


def test_slots_are_a_mapping_of_what_was_said() -> None:
    slots = Slots(client_name="Ana", service_type="Barba")
    assert dict(slots) == {"service_type": "Barba", "client_name": "Ana"}
    assert (len(slots), "staff_name" in slots, "shoe_size" in slots) == (2, False, False)
    assert (slots.get("staff_name", ""), slots["client_name"]) == ("", "Ana")
    assert not Slots()
    with pytest.raises(KeyError):
        slots["shoe_size"]


def test_slots_are_joined_and_left_out_by_name() -> None:
    slots = Slots(service_type="Barba", preferred_time="10:00")
    assert slots.merge(Slots(preferred_time="11:00")) == Slots(service_type="Barba", preferred_time="11:00")
    assert slots.without(["preferred_time", "shoe_size"]) == slots.only(["service_type", "shoe_size"])
    assert Slots(**dict.fromkeys(SLOT_NAMES, "x")).without(SLOT_NAMES) == Slots()


def test_only_a_tool_that_ran_and_agreed_said_yes() -> None:
    assert Observation("book_appointment", Status.OK, {"ok": True}).said_yes
    no = Observation("book_appointment", Status.OK, {"ok": False, "reason": "TAKEN"})
    assert (no.said_yes, no.no_reason) == (False, "TAKEN")
    assert Observation("book_appointment", Status.OK).no_reason == "UNSPECIFIED"
    failed = Observation("book_appointment", Status.FAILED, {"ok": True})
    assert (failed.said_yes, failed.no_reason) == (False, "")


@pytest.mark.parametrize("outcome", Outcome)
def test_slots_are_needed_only_where_asking_helps(outcome: Outcome) -> None:
    seen = Observation("book_appointment", Status.REFUSED, decision=Decision(outcome, "X", ("client_email",)))
    assert seen.needs == (("client_email",) if outcome is Outcome.ASK_CLARIFICATION else ())


def test_a_state_whose_task_has_ended_keeps_language_and_last_booking() -> None:
    state = ConversationState(
        Intent.BOOK, Slots(service_type="Barba"), pending=(Action("x"),), locale="en", last_booking_id="PB-AAAAAA"
    )
    assert state.fresh() == ConversationState(locale="en", last_booking_id="PB-AAAAAA")
