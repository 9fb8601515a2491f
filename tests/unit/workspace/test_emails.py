"""Which e-mail addresses a booking may hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workspace.emails import MAX_EMAIL, normal_email


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Ana.Perez@Example.COM", "ana.perez@example.com"),
        ("ana+turnos@mi-negocio.com.ar", "ana+turnos@mi-negocio.com.ar"),
        ("ana_1990@ñandu.com.ar", "ana_1990@ñandu.com.ar"),
        ("prueba@pulpo.example", "prueba@pulpo.example"),
        ("ana@correo.test", "ana@correo.test"),
    ],
)
def test_an_address_is_written_in_its_normal_form(text: str, address: str) -> None:
    assert normal_email(text) == address
    assert normal_email(address) == address


@pytest.mark.parametrize(
    "text",
    [
        "", "ana", "ana@mail", "ana@test", "@mail.com", "ana perez@mail.com", "ana..b@mail.com", ".ana@mail.com",
        "ana@mail..com", "ana@-mail.com", "ana@mail.com.", "ana@mail.com,eva@mail.com", "ana@@mail.com",
        "Ana <ana@mail.com>", '"ana"@mail.com', "ana@[127.0.0.1]", "ana@10.0.0.1", "ana@impresora.local",
        f"{'a' * 65}@mail.com", f"ana@{'c' * MAX_EMAIL}.com",
    ],
)  # fmt: skip
def test_what_no_mail_can_be_sent_to_is_none(text: str) -> None:
    assert normal_email(text) is None


@given(st.text() | st.from_regex(r"[^@]{1,20}@[^@]{1,20}\.[^@]{1,10}"))
def test_whatever_comes_has_one_normal_form_or_none(text: str) -> None:
    address = normal_email(text)
    assert address is None or (normal_email(address) == address and len(address) <= MAX_EMAIL)
