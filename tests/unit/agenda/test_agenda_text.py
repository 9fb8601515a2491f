"""Text from outside."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agenda.booking.appointment import is_booking_id, new_booking_id
from agenda.booking.call_context import CallContexts
from agenda.booking.catalogue import services
from agenda.booking.text import MAX_NAME, clean, clean_email, clean_name, clean_phone, fold
from runtime.errors import PulpoError
from tests.unit.agenda.businesses import NOW, REGISTRY, caller

META = ("now", "customer", "customer_phone", "workspace_id", "idempotency_key")
anything = st.text(st.characters(exclude_categories=()))


@given(anything)
def test_clean_text_is_one_harmless_line_and_stays_as_it_is(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    cleaned.encode()
    assert "\n" not in cleaned
    assert not {unicodedata.category(each) for each in cleaned} & {"Cc", "Cs", "Cn", "Co", "Zl", "Zp"}


@given(anything)
def test_a_name_is_short_or_refused_without_an_echo(text: str) -> None:
    refused = ""
    try:
        assert 0 < len(clean_name(text)) <= MAX_NAME
    except PulpoError as error:
        refused = error.message
    assert refused in ("", "Not usable: client_name.")


@pytest.mark.parametrize("text", ["", "a", "a@b", "a b@c.de", "@c.de", "a@c.de,b@c.de x", "a@" + "c" * 120 + ".de"])
def test_what_is_no_email_is_refused(text: str) -> None:
    with pytest.raises(PulpoError, match="Not usable: client_email"):
        clean_email(text)


def test_an_email_is_lower_case() -> None:
    assert clean_email(" Ana@Example.COM ") == "ana@example.com"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("+54 9 11 5555-1234", "+5491155551234"),
        ("(011) 5555.1234", "01155551234"),
        ("whatsapp:+5491155551234", "whatsapp:+5491155551234"),
        ("whatsapp:AR.1502576394655843", "whatsapp:AR.1502576394655843"),
        ("\u0000", ""),
        (None, ""),
    ],
)
def test_numbers_compare_however_they_are_written(text: str | None, kept: str) -> None:
    assert clean_phone(text) == kept


def test_folding_forgets_case_and_accents() -> None:
    assert fold(" COLORACIÓN ") == "coloracion"


@given(anything)
def test_a_search_for_anything_answers(q: str) -> None:
    answer = services(caller(), q)
    assert answer["services"]
    assert answer["ok"] or len(answer["services"]) == 7


@given(st.dictionaries(st.sampled_from(META), anything | st.integers()))
def test_meta_of_any_kind_is_read_or_refused_without_an_echo(meta: dict[str, object]) -> None:
    callers = CallContexts(REGISTRY, "estudio-pulpo", lambda: NOW)
    refused = ""
    try:
        assert (
            callers.read({"dev.pulpo/" + key: value for key, value in meta.items()}, trusted=True).now.tzinfo
            is not None
        )
    except PulpoError as error:
        refused = error.message
    fixed = {f"Not usable: dev.pulpo/{key}." for key in meta}
    assert refused in {"", "There is no such active workspace."} | fixed


def test_an_inactive_workspace_is_unknown() -> None:
    registry = type(REGISTRY)(each.model_copy(update={"active": False}) for each in REGISTRY)
    with pytest.raises(PulpoError, match="UNKNOWN_WORKSPACE"):
        CallContexts(registry, "estudio-pulpo", lambda: NOW).read({}, trusted=True)


def test_booking_ids_have_their_form_and_do_not_repeat() -> None:
    ids = {new_booking_id() for _ in range(2000)}
    assert len(ids) == 2000
    assert all(is_booking_id(each) for each in ids)
    assert {letter for each in ids for letter in each[3:]} == set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
