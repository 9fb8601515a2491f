"""The nine intents and eight slots, computed from what a message means."""

from collections.abc import Sequence
from typing import Any

import pytest

from extractor.meaning.first_form import first_form
from extractor.reading.message import INTENTS
from turn.meaning import ACTS, SUBJECTS, Act, GivenDatum, Item, Known, Meaning, OfferedTime

KNOWN = Known(offers=(OfferedTime("2026-03-12", "10:00"), OfferedTime("2026-03-13", "15:00")))


def meaning(acts: Sequence[str] | str = "book", **parts: Any) -> Meaning:
    return Meaning(acts=tuple(Act(kind, 0, 0) for kind in ([acts] if isinstance(acts, str) else acts)), **parts)


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("active", [None, "book", "cancel", "reschedule"])
def test_every_act_has_an_intent(act: str, active: str | None) -> None:
    assert first_form(meaning(act), active).intent in INTENTS


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_subject_has_an_intent(subject: str) -> None:
    assert first_form(meaning("ask", subjects=(subject,))).intent in INTENTS


@pytest.mark.parametrize(
    ("acts", "active", "intent"),
    [
        (["greet", "book"], None, "book"), (["availability"], None, "book"), (["change", "give"], None, "reschedule"),
        (["cancel", "thank"], None, "cancel"), (["book", "ask"], None, "book"), (["give"], "cancel", "cancel"),
        (["confirm"], "reschedule", "reschedule"), (["deny"], "book", "book"), (["refuse"], "book", "book"),
        (["defer", "thank"], "book", "book"), (["choose"], None, "book"), (["give"], None, "other"),
        (["confirm"], None, "chitchat"), (["undo"], None, "other"), (["complain"], "book", "other"),
        (["late"], None, "other"), (["person"], None, "other"), (["stop"], None, "other"),
        (["offtopic"], None, "other"),
        (["thank", "bye"], None, "chitchat"), (["greet"], None, "greeting"), (["greet", "smalltalk"], None, "chitchat"),
        ([], None, "other"),
    ],
)  # fmt: skip
def test_acts_and_the_task_in_front_decide_the_intent(acts: list[str], active: str | None, intent: str) -> None:
    assert first_form(meaning(acts), active).intent == intent


@pytest.mark.parametrize(
    ("subjects", "intent"),
    [
        (("price",), "info_prices"), (("promotions",), "info_prices"), (("hours",), "info_hours"),
        (("duration",), "info_services"), (("who",), "info_services"), (("other",), "info_services"),
        (("address",), "other"), (("payment",), "other"), (("parking",), "other"), (("own_appointments",), "other"),
        (("bot",), "chitchat"), (("hours", "price"), "info_hours"), ((), "other"),
    ],
)  # fmt: skip
def test_a_question_takes_its_own_intent_also_within_a_task(subjects: tuple[str, ...], intent: str) -> None:
    assert first_form(meaning("ask", subjects=subjects)).intent == intent
    assert first_form(meaning(["give", "ask"], subjects=subjects), "book").intent == intent


def test_a_value_without_a_task_is_a_wish() -> None:
    assert first_form(meaning("give", times=("17:00",))).intent == "book"
    assert first_form(meaning("give", data=(GivenDatum("client_name", "Ana"),))).intent == "other"


@pytest.mark.parametrize(
    ("days", "times", "slots"),
    [
        (("2026-03-13",), ("17:00",), {"preferred_date": "2026-03-13", "preferred_time": "17:00"}),
        (("2026-03-13",), (">=17:00",), {"preferred_date": "2026-03-13"}),
        (("2026-03-16..2026-03-21",), ("any",), {}),
        (("<2026-03-20", "!2026-03-17"), ("morning",), {}),
        (("earliest",), ("earliest",), {}),
        (("weekly:fri",), ("15:00..17:00",), {}),
        (("any", "2026-03-17"), ("!10:00", "12:00"), {"preferred_date": "2026-03-17", "preferred_time": "12:00"}),
        (("2026-03-16|2026-03-17",), ("17:00|18:00",), {"preferred_date": "2026-03-16", "preferred_time": "17:00"}),
        (("2026-03-17T10:00|2026-03-19T17:00",), (), {"preferred_date": "2026-03-17", "preferred_time": "10:00"}),
    ],
)  # fmt: skip
def test_only_a_single_wanted_day_and_hour_are_slots(
    days: tuple[str, ...], times: tuple[str, ...], slots: dict[str, str]
) -> None:
    assert first_form(meaning(days=days, times=times)).slots == slots


def test_the_first_service_and_the_first_of_the_staff_count_and_none_that_is_refused() -> None:
    items = (
        Item("same", staff=("any",), not_staff=("Carlos",)),
        Item("Barba", staff=("María", "Sofía")),
        Item("Brushing", staff=("Carlos",)),
    )
    assert first_form(meaning(items=items)).slots == {"service_type": "Barba", "staff_name": "María"}
    assert first_form(meaning(items=items[:1])).slots == {}


def test_what_is_said_for_the_first_item_alone_counts_where_nothing_is_said_for_all() -> None:
    items = (Item("Barba", days=("2026-03-16",), times=("10:00",)), Item("Brushing", times=("11:00",)))
    slots = {"service_type": "Barba", "preferred_date": "2026-03-16", "preferred_time": "10:00"}
    assert first_form(meaning(items=items)).slots == slots
    assert first_form(meaning(items=items, days=("2026-03-14",))).slots == {**slots, "preferred_date": "2026-03-14"}


def test_a_question_about_hours_wishes_no_day() -> None:
    asked = meaning("ask", subjects=("hours",), days=("2026-03-14",), times=("08:00",))
    assert first_form(asked).slots == {}


def test_data_are_the_slots_with_names_in_capitals() -> None:
    data = (GivenDatum("client_name", "ana de la fuente"), GivenDatum("client_email", "ana@mail.com"))
    assert first_form(meaning("give", data=data), "book").slots == {
        "client_name": "Ana de la Fuente",
        "client_email": "ana@mail.com",
    }


def test_a_chosen_offer_says_its_day_and_time_where_the_offers_are_known() -> None:
    chosen = meaning("choose", refers_to=("offer:2",))
    assert first_form(chosen, "book", KNOWN).slots == {"preferred_date": "2026-03-13", "preferred_time": "15:00"}
    assert first_form(chosen, "book").slots == {}
    assert first_form(meaning("choose", refers_to=("offer:1", "offer:2")), "book", KNOWN).slots == {}
    assert first_form(meaning("deny", refers_to=("offer:2",)), "book", KNOWN).slots == {}
