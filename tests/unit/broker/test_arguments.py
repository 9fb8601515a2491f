"""Arguments: what a model wrote is cleaned, what is trusted replaces it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.domain.model import Customer
from broker.policy.arguments import CONTACT, MAX_DEPTH, MAX_TEXT, TRUSTED, UnusableError, normalise
from tests.unit.broker.builders import ADDRESS, BOOKING, PHONE, make_rules

SOMEBODY = Customer(ADDRESS, PHONE)
BOOK = make_rules().tools["book_appointment"].properties
CHECK = make_rules().tools["check_service_availability"].properties
CANCEL = make_rules().tools["cancel_appointment"].properties

values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def test_the_phone_is_always_the_customers_own() -> None:
    assert normalise({CONTACT: "+5490000000000"}, BOOK, {CONTACT: "+5491111111111"}, SOMEBODY)[CONTACT] == PHONE


def test_without_a_phone_the_channel_address_stands_in() -> None:
    assert normalise({CONTACT: "+549"}, BOOK, {}, Customer("whatsapp:AR.1502"))[CONTACT] == "whatsapp:AR.1502"


def test_a_tool_that_takes_no_phone_gets_none() -> None:
    assert normalise({CONTACT: "+549", "booking_id": "PB-AAAAAA"}, CANCEL, {}, SOMEBODY) == {"booking_id": "PB-AAAAAA"}


@given(st.dictionaries(st.sampled_from([*sorted(TRUSTED), "dev.pulpo/customer"]), values))
def test_no_forged_trusted_argument_survives(forged: dict[str, Any]) -> None:
    assert normalise(forged, BOOK, {}, SOMEBODY) == {CONTACT: PHONE}


def test_an_unknown_argument_stays_for_the_schema_to_refuse() -> None:
    assert normalise({"colour": "red"}, CHECK, {}, SOMEBODY) == {"colour": "red"}


def test_missing_arguments_come_from_the_slots_under_their_own_names() -> None:
    assert normalise({}, CHECK, BOOKING, SOMEBODY) == {"service_type": "Corte de Cabello", "date_str": "2026-03-12"}


def test_an_argument_given_wins_over_its_slot() -> None:
    assert normalise({"date_str": "2026-03-20"}, CHECK, BOOKING, SOMEBODY)["date_str"] == "2026-03-20"


@pytest.mark.parametrize("blank", [None, "", "   "])
def test_a_blank_argument_counts_as_missing(blank: str | None) -> None:
    assert normalise({"service_type": blank}, CHECK, BOOKING, SOMEBODY)["service_type"] == "Corte de Cabello"


def test_whole_numbers_of_a_struct_become_ints_at_any_depth() -> None:
    cleaned = normalise({"n": 3.0, "deep": {"list": [1.0, 1.5, True]}}, {}, {}, SOMEBODY)
    assert cleaned == {"n": 3, "deep": {"list": [1, 1.5, True]}}
    assert type(cleaned["n"]) is int
    assert type(cleaned["deep"]["list"][0]) is int
    assert type(cleaned["deep"]["list"][2]) is bool


def test_a_listed_name_takes_its_listed_spelling() -> None:
    assert normalise({"service_type": "corte de cabello"}, CHECK, {}, SOMEBODY)["service_type"] == "Corte de Cabello"


def test_decomposed_letters_are_composed() -> None:
    assert normalise({"service_type": "Coloracio\u0301n"}, CHECK, {}, SOMEBODY)["service_type"] == "Coloración"


def nested(depth: int) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), "x" * (MAX_TEXT + 1), nested(MAX_DEPTH), ["x"] * 101, {str(i): 1 for i in range(101)}],
    ids=["nan", "infinity", "long", "deep", "wide list", "wide mapping"],
)
def test_values_beyond_the_bounds_are_unusable(value: Any) -> None:
    with pytest.raises(UnusableError):
        normalise({"x": value}, {}, {}, SOMEBODY)


def test_values_at_the_bounds_are_usable() -> None:
    assert normalise({"a": "x" * MAX_TEXT, "b": nested(MAX_DEPTH - 1)}, {}, {}, SOMEBODY)


@given(st.dictionaries(st.text(max_size=8), values, max_size=5))
def test_normalising_twice_changes_nothing_more(args: dict[str, Any]) -> None:
    once = normalise(args, BOOK, BOOKING, SOMEBODY)
    assert normalise(once, BOOK, BOOKING, SOMEBODY) == once
