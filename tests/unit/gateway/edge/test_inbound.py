from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.message import clean, cut_to_bytes, phone_of
from gateway.edge.webhook_form import read_callback, read_inbound, signed_urls
from runtime.errors import PulpoError

SID = "SM" + "0a" * 16
GOOD = {"MessageSid": SID, "From": "whatsapp:+5491155551234", "To": "whatsapp:+14155238886", "Body": "hola"}


class Fields:
    """A form whose names may repeat."""

    def __init__(self, fields: Mapping[str, str | list[str]]) -> None:
        self._fields = fields

    def getlist(self, key: str, /) -> Sequence[object]:
        value = self._fields.get(key, [])
        return value if isinstance(value, list) else [value]


def test_a_message_is_read() -> None:
    read = read_inbound(Fields({**GOOD, "ProfileName": "Ana", "Unheard": "of"}))
    assert (read.message_sid, read.address, read.business) == (SID, "whatsapp:+5491155551234", "+14155238886")
    assert (read.text, read.profile_name, read.media) == ("hola", "Ana", False)


def test_a_customer_without_a_phone_is_a_customer() -> None:
    read = read_inbound(Fields({**GOOD, "From": "whatsapp:AR.1502576394655843"}))
    assert read.address == "whatsapp:AR.1502576394655843"
    assert phone_of(read.address) == ""


def test_a_picture_needs_no_text() -> None:
    fields = {name: value for name, value in GOOD.items() if name != "Body"}
    assert read_inbound(Fields({**fields, "NumMedia": "2"})).media


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MessageSid", []),
        ("MessageSid", "SM123"),
        ("MessageSid", SID + "MessageTypetext"),
        ("MessageSid", SID + "\n"),
        ("MessageSid", SID.replace("a", "A")),
        ("MessageSid", [SID, SID]),
        ("MessageSid", "XX" + "0a" * 16),
        ("From", []),
        ("From", "+5491155551234"),
        ("From", "whatsapp:"),
        ("From", "whatsapp:+54 911"),
        ("From", ["whatsapp:+5491155551234", "whatsapp:+5491155551235"]),
        ("To", []),
        ("To", "whatsapp:12"),
        ("To", "whatsapp:+0123456789"),
        ("Body", ["hola", "chau"]),
    ],
)
def test_a_field_that_is_not_as_twilio_sends_it_is_refused(name: str, value: str | list[str]) -> None:
    with pytest.raises(PulpoError, match=name) as caught:
        read_inbound(Fields({**GOOD, name: value}))
    assert "555" not in str(caught.value)


def test_a_callback_is_read() -> None:
    fields = {"MessageSid": SID, "From": "whatsapp:+14155238886", "MessageStatus": "Undelivered", "ErrorCode": "63016"}
    read = read_callback(Fields(fields))
    assert (read.message_sid, read.business, read.status, read.error_code) == (
        SID,
        "+14155238886",
        "undelivered",
        "63016",
    )


def test_a_callback_without_a_status_is_refused() -> None:
    with pytest.raises(PulpoError, match="MessageStatus"):
        read_callback(Fields({"MessageSid": SID, "From": "whatsapp:+14155238886"}))


def test_urls_are_the_public_ones_with_the_request_s_path_and_query() -> None:
    assert signed_urls(["https://a.test", "https://b.test:8443"], "/x", "k=v") == (
        "https://a.test/x?k=v",
        "https://b.test:8443/x?k=v",
    )


@given(st.text(max_size=50), st.integers(0, 60))
def test_a_cut_text_fits_and_begins_alike(text: str, most: int) -> None:
    whole = clean(text)
    cut = cut_to_bytes(whole, most)
    assert len(cut.encode()) <= most
    assert whole.startswith(cut)
    assert cut == whole or len(whole[: len(cut) + 1].encode()) > most


@given(st.text(st.characters(), max_size=50))
def test_a_clean_text_is_utf_8_without_control_characters(text: str) -> None:
    cleaned = clean(text)
    assert "\x00" not in cleaned
    cleaned.encode("utf-8")
    assert clean(cleaned) == cleaned


@pytest.mark.parametrize(
    ("address", "phone"),
    [
        ("whatsapp:+5491155551234", "+5491155551234"),
        ("+5491155551234", "+5491155551234"),
        ("whatsapp:AR.15", ""),
        ("web:abc", ""),
    ],
)
def test_the_phone_of_an_address(address: str, phone: str) -> None:
    assert phone_of(address) == phone
