"""E-mails, phones, booking ids and names."""

import string
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor import booking_ids, emails, phones
from extractor.message import Message
from extractor.reader import Reader
from extractor.text import plain
from tests.unit.extractor.conftest import Read
from workspace.model import PhoneRules

BUENOS_AIRES = PhoneRules(country="AR", area_code="11")
CHILE = PhoneRules(country="CL", area_code="")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("juan@gmail.com", "juan@gmail.com"), ("Juan.Perez@Gmail.COM", "juan.perez@gmail.com"),
        ("juan arroba gmail punto com", "juan@gmail.com"), ("mi mail es ana_2@yahoo.com.ar.", "ana_2@yahoo.com.ar"),
        ("pepe guion bajo 22 arroba yahoo punto es", "pepe_22@yahoo.es"), ("b p e r @ gmail.com", "bper@gmail.com"),
        ("j u a n 5 arroba gmail.com", "juan5@gmail.com"), ("carla @ outlook . com", "carla@outlook.com"),
        ("ana ponto souza arroba gmail ponto com", "ana.souza@gmail.com"), ("kate dot d at gmail dot com",
        "kate.d@gmail.com"),
        ("r guion medio 7 arroba empresa punto com punto ar", "r-7@empresa.com.ar"),
        ("xa@y.com no, zb@w.com", "zb@w.com"), ("m, a, r, i arroba gmail punto com", "mari@gmail.com"),
        ("juli@gmail,com", "juli@gmail.com"), ("fer arroba hotmail punto com, soy Fer", "fer@hotmail.com"),
        ("jota ge ele, todo junto, arroba gmail punto com", "jgl@gmail.com"),
        ("a, eñe, a arroba gmail.com", "ana@gmail.com"), ("l-u-n-a arroba gmail punto com", "luna@gmail.com"),
        ("letra a letra: te o eme i arroba gmail punto com", "tomi@gmail.com"),
        ("eme be uno dos arroba hotmail punto com", "mb12@hotmail.com"), ("s-o-l.vega@hotmail.com",
        "sol.vega@hotmail.com"),
        ("ele u ene a guion bajo veintidos arroba gmail punto com", "luna_22@gmail.com"),
        ("be larga, i latina, a, arroba gmail punto com", "bia@gmail.com"), ("ana-luz@gmail.com", "ana-luz@gmail.com"),
        ("jota punto perez arroba gmail punto com", "j.perez@gmail.com"),
        ("te paso el de mi marido pepe arroba gmail punto com", "pepe@gmail.com"),
    ],
)  # fmt: skip
def test_an_email_is_found(text: str, wanted: str) -> None:
    found = emails.find(plain(text))
    assert found is not None
    assert found[0] == wanted


@pytest.mark.parametrize(
    "text", ["@", "juan@", "@gmail.com", "a las 3 at noon", "juan@gmail", "a@b", "arroba", "see you at 5"]
)
def test_no_email_is_found(text: str) -> None:
    assert emails.find(plain(text)) is None


@given(
    st.text(string.ascii_lowercase + string.digits, min_size=2, max_size=12),
    st.sampled_from(["gmail.com", "hotmail.com.ar", "empresa.com"]),
    st.sampled_from(["{}", "mi mail es {}", "{} gracias", "te paso {}, y el turno mañana a las 3"]),
)
def test_any_plain_address_is_found_in_any_sentence(local: str, domain: str, sentence: str) -> None:
    found = emails.find(plain(sentence.format(f"{local}@{domain}")))
    assert found is not None
    assert found[0] == f"{local}@{domain}"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("11 5555 1234", "+5491155551234"), ("15-5555-1234", "+5491155551234"), ("011 15 5555 1234", "+5491155551234"),
        ("(011) 15-4567-8899", "+5491145678899"), ("+54 9 11 5555 1234", "+5491155551234"), ("5555 1234",
        "+5491155551234"),
        ("54 9 11 5555 7001", "+5491155557001"), ("1155554429", "+5491155554429"), ("0221 15 456 7890",
        "+5492214567890"),
        ("+54 351 555 1234", "+5493515551234"), ("+52 81 5555 0119", "+528155550119"), ("+57 310 555 0144",
        "+573105550144"),
        ("+598 99 123 456", "+59899123456"), ("+1 (305) 555-0199", "+13055550199"), ("0054 9 11 5555 1234",
        "+5491155551234"),
    ],
)  # fmt: skip
def test_a_phone_is_found(text: str, wanted: str) -> None:
    found = phones.find(plain(text), BUENOS_AIRES)
    assert found is not None
    assert found[0] == wanted


def test_the_country_of_the_business_decides() -> None:
    found = phones.find("9 6123 4567", CHILE)
    assert found is not None
    assert found[0] == "+56961234567"


@pytest.mark.parametrize(
    "text", ["16/10", "2026-03-11", "a las 15:30", "12345", "mi dni es 34.555.123", "3500", "11 de mayo"]
)
def test_no_phone_is_found(text: str) -> None:
    assert phones.find(plain(text), BUENOS_AIRES) is None


WAYS = ["11 {}", "15 {}", "{}", "+54 9 11 {}", "011 15 {}", "54911{}", "011{}"]


@given(st.integers(20_000_000, 99_999_999), st.sampled_from(WAYS))
def test_every_way_to_write_a_mobile_gives_the_same(number: int, way: str) -> None:
    digits = str(number)
    found = phones.find(way.format(f"{digits[:4]}-{digits[4:]}"), BUENOS_AIRES)
    assert found is not None
    assert found[0] == f"+54911{digits}"


@pytest.mark.parametrize(
    "text",
    [
        "PB-A1B2C3",
        "pb-a1b2c3",
        "PB A1B2C3",
        "pb a1b2c3",
        "PBA1B2C3",
        "pb - a1b2c3",
        "P B - A 1 B 2 C 3",
        "pb guion a1b2c3",
    ],
)
def test_a_booking_id_is_found_in_any_spacing(text: str) -> None:
    found = booking_ids.find(plain(text), text, asked=False)
    assert found is not None
    assert found[0] == "PB-A1B2C3"


@given(st.text(string.ascii_uppercase + string.digits, min_size=6, max_size=6))
def test_every_id_is_read_back(body: str) -> None:
    text = f"mi turno es el PB-{body}, gracias"
    found = booking_ids.find(plain(text), text, asked=False)
    assert found is not None
    assert found[0] == f"PB-{body}"


def test_six_characters_alone_count_only_when_asked() -> None:
    assert booking_ids.find("5t5t5t", "5t5t5t", asked=False) is None
    found = booking_ids.find("5t5t5t", "5t5t5t", asked=True)
    assert found is not None
    assert found[0] == "PB-5T5T5T"
    assert booking_ids.find("manana", "mañana", asked=True) is None


@pytest.mark.parametrize(
    ("text", "asked", "wanted"),
    [
        ("soy Joaquín Abadie", None, "Joaquín Abadie"), ("hola soy juan pérez y quiero un turno", None, "Juan Pérez"),
        ("corte el lunes. Damián Rojo me llamo", None, "Damián Rojo"), ("quiero barba, Lucas me llamo", None, "Lucas"),
        ("marta rios es mi nombre, corte el lunes", None, "Marta Rios"), ("John Smith is my name", None, "John Smith"),
        ("así me llamo", None, None), ("el corte me llamó la atención", None, None),
        ("me llamo Celeste", None, "Celeste"), ("a nombre de Silvina Kaplan", None, "Silvina Kaplan"),
        ("mi nombre es maría de los ángeles", None, "María de los Ángeles"), ("I'm Kate Dunn", None, "Kate Dunn"),
        ("sou o Marcos Vieira", None, "Marcos Vieira"), ("JORGE SOSA", "client_name", "Jorge Sosa"),
        ("juan manuel de la fuente", "client_name", "Juan Manuel de la Fuente"), ("emiliano", "client_name",
        "Emiliano"),
        ("Sofía", "client_name", "Sofía"), ("Peter O'Brien", "client_name", "Peter O'Brien"),
        ("es con z, Gonzalez, Mara Gonzalez", "client_name", "Mara Gonzalez"), ("ponelo a nombre de Raúl",
        "client_name", "Raúl"),
        ("Noelia Bravo, 11-5555-0318, noe@yahoo.com", None, "Noelia Bravo"), ("dana ruiz, danaruiz@gmail.com",
        None, "Dana Ruiz"),
        ("dale, gracias", "client_name", None), ("no", "client_name", None), ("cuánto sale?", "client_name", None),
        ("soy clienta nueva", None, None), ("soy alérgica", None, None), ("quiero turno con María", None, None),
        ("para que queres mi nombre?", "client_name", None), ("buenas tardes", "client_name", None),
    ],
)  # fmt: skip
def test_names(read: Read, text: str, asked: str | None, wanted: str | None) -> None:
    assert read(text, asked, "book").slots.get("client_name") == wanted


def test_the_same_name_may_be_a_customers_or_a_staff_members(read: Read) -> None:
    both = read("soy María López, quiero turno con María").slots
    assert both["client_name"] == "María López"
    assert both["staff_name"] == "María"


def test_another_business_reads_its_own_phones(vet: Reader) -> None:
    now = datetime(2026, 3, 11, 13, 0, tzinfo=UTC)
    reading = vet.read(Message("mi número es 9 6123 4567", now, None, "book"))
    assert reading.slots["client_phone"] == "+56961234567"
