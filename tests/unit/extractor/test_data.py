"""E-mails, phones, booking ids and names."""

import string
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.catalogue.mentions import Catalogue
from extractor.identity import booking_ids, emails, phones
from extractor.identity.data import find_data
from extractor.identity.datum import Datum
from extractor.reading.message import MessageInContext
from extractor.reading.reader import Reader
from extractor.text.normalised import plain, view
from tests.unit.extractor.conftest import Read
from tests.unit.extractor.scoring import salon
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
    assert found[0].value == wanted


@pytest.mark.parametrize(
    "text", ["@", "juan@", "@gmail.com", "a las 3 at noon", "juan@empresa", "a@b", "arroba", "see you at 5"]
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
    assert found[0].value == f"{local}@{domain}"


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
    assert found[0].value == wanted


def test_the_country_of_the_business_decides() -> None:
    found = phones.find("9 6123 4567", CHILE)
    assert found is not None
    assert found[0].value == "+56961234567"


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
    assert found[0].value == f"+54911{digits}"


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
    reading = vet.read(MessageInContext("mi número es 9 6123 4567", now, None, "book"))
    assert reading.slots["client_phone"] == "+56961234567"


Given = Callable[..., dict[str, Datum]]


@pytest.fixture(scope="module", name="given_data")
def _given_data() -> Given:
    """The data in a text, by slot, as the demo salon reads it."""
    knows = Catalogue(salon()).knows

    def found(text: str, asked: str | None = None) -> dict[str, Datum]:
        return {one.slot: one for one in find_data(view(text), salon().phone, knows, asked, asked is not None)[1]}

    return found


@pytest.mark.parametrize(
    ("text", "value", "how"),
    [
        ("ana.gil@gmail.com", "ana.gil@gmail.com", "typed"), ("tres@gmail.com", "tres@gmail.com", "typed"),
        ("su@gmail.com", "su@gmail.com", "typed"),
        ("it's jane@gmail.com", "jane@gmail.com", "typed"), ("ana.gil @ gmail . com", "ana.gil@gmail.com", "typed"),
        ("Ana Gil - ana@gmail.com - 1155551234", "ana@gmail.com", "typed"),
        ("ana arroba gmail punto com", "ana@gmail.com", "dictated"),
        ("mi mail es ana gil arroba gmail punto com", "anagil@gmail.com", "dictated"),
        ("joao dos santos arroba uol ponto com ponto br", "joaodossantos@uol.com.br", "dictated"),
        ("ana arroba mi empresa punto com", "ana@miempresa.com", "dictated"),
        ("soy Ana Gil anagil arroba gmail punto com", "anagil@gmail.com", "dictated"),
        ("my email is woodkevin at empresa dot com dot mx", "woodkevin@empresa.com.mx", "dictated"),
        ("gonza arroba jotmail punto com", "gonza@hotmail.com", "dictated"),
        ("mi correo es ana arroba example punto com y el turno mañana a las 3", "ana@example.com", "dictated"),
        ("caro arroba gmail, perdón, arroba hotmail punto com", "caro@hotmail.com", "dictated"),
        ("ana.paz2, no ana.paz, arroba gmail.com", "ana.paz2@gmail.com", "dictated"),
        ("ana@gmail.com, no, era anagil@hotmail.com", "anagil@hotmail.com", "typed"),
        ("ana punto gil ochenta y cuatro arroba gmail punto com", "ana.gil84@gmail.com", "spelt"),
        ("juan dos mil diez arroba gmail punto com", "juan2010@gmail.com", "spelt"),
        ("juan mil novecientos noventa arroba gmail punto com", "juan1990@gmail.com", "spelt"),
        ("john dot smith forty two at gmail dot com", "john.smith42@gmail.com", "spelt"),
        ("jsmith nineteen eighty four at gmail dot com", "jsmith1984@gmail.com", "spelt"),
        ("maria sublinhado dois mil e cinco arroba gmail ponto com", "maria_2005@gmail.com", "spelt"),
        ("ele u ce i a doble cero siete arroba gmail punto com", "lucia007@gmail.com", "spelt"),
        ("a doble ene a arroba gmail punto com", "anna@gmail.com", "spelt"),
        ("be larga i griega a de ana erre arroba gmail punto com", "byar@gmail.com", "spelt"),
        ("b de burro, e, t de tomas, o arroba gmail.com", "beto@gmail.com", "spelt"),
        ("j as in john, o, e at gmail dot com", "joe@gmail.com", "spelt"),
        ("ve corta i de a ele arroba hot mail punto com", "vidal@hotmail.com", "spelt"),
        ("marcos seis seis arroba yahoo punto com punto a erre", "marcos66@yahoo.com.ar", "spelt"),
    ],
)  # fmt: skip
def test_an_address_that_reads_in_one_way_is_sure(given_data: Given, text: str, value: str, how: str) -> None:
    email = given_data(text, "client_email")["client_email"]
    assert (email.value, email.how, email.sure, email.reason) == (value, how, True, "")


@pytest.mark.parametrize(
    ("text", "value", "reason"),
    [
        ("anagil ochenta y cuatro arroba gmail", "anagil84@gmail.com", "completed"),
        ("ana@gmail", "ana@gmail.com", "completed"), ("ana@gmail.con", "ana@gmail.com", "completed"),
        ("ana arroba uol", "ana@uol.com.br", "completed"),
        ("ana@gmail.com, no, hotmail", "ana@hotmail.com", "completed"),
        ("anagil gmail.com", "anagil@gmail.com", "completed"),
        ("ana gil 84 en hotmail", "anagil84@hotmail.com", "completed"),
        ("mariarios@gmail.com (todo en minúscula)", "mariarios@gmail.com", "instructions"),
        ("yesica con i griega y una sola ese arroba gmail punto com", "yesica@gmail.com", "instructions"),
        ("martina con te doble arroba gmail punto com", "marttina@gmail.com", "instructions"),
        ("ana veinte uno arroba gmail punto com", "ana21@gmail.com", "two ways"),
        ("kat doble te arroba gmail punto com", "katt@gmail.com", "two ways"),
        ("jorge@gmial.com", "jorge@gmial.com", "two ways"), ("ana@x.com o ana2@x.com", "ana2@x.com", "two ways"),
        ("ana con doble ene arroba gmail punto com", "anna@gmail.com", "instructions"),
        ("vale con dos eles arroba hotmail.com", "valle@hotmail.com", "instructions"),
        ("bidal con ve corta arroba gmail punto com", "vidal@gmail.com", "instructions"),
        ("juan perez todo junto arroba gmail punto com", "juanperez@gmail.com", "instructions"),
        ("juan.perez sin puntos arroba gmail punto com", "juanperez@gmail.com", "instructions"),
        ("é maria underline silva arroba gmail ponto com, tudo minúsculo", "maria_silva@gmail.com", "instructions"),
        ("creo que es ana@gmail.com", "ana@gmail.com", "doubted"), ("ana@gmail.com o algo así", "ana@gmail.com",
        "doubted"),
        ("acho que é maria@uol.com.br", "maria@uol.com.br", "doubted"),
        ("I think it is jo@x.com", "jo@x.com", "doubted"),
    ],
)  # fmt: skip
def test_an_address_that_is_not_sure_says_why(given_data: Given, text: str, value: str, reason: str) -> None:
    email = given_data(text, "client_email")["client_email"]
    assert (email.value, email.sure, email.reason) == (value, False, reason)


def test_a_doubt_about_something_else_leaves_an_address_sure(given_data: Given) -> None:
    assert given_data("creo que mañana puedo, mi mail es ana@gmail.com")["client_email"].sure


@pytest.mark.parametrize("text", ["no tengo gmail", "uso gmail", "tengo el de gmail", "es el gmail"])
def test_a_provider_alone_is_no_address(given_data: Given, text: str) -> None:
    assert "client_email" not in given_data(text, "client_email")


def test_no_part_of_a_corrected_address_is_a_name(given_data: Given) -> None:
    assert set(given_data("ana_gil@gmail.com, no, era anagil2@gmail.com", "client_email")) == {"client_email"}


def test_data_say_where_they_stand_and_are_masked() -> None:
    seen = view("soy Ana Gil, creo que el mail es ana arroba gmail punto com, mañana a las 10")
    masked, data = find_data(seen, salon().phone, Catalogue(salon()).knows, None, flow=True)
    said = [seen.raw[one.start : one.end] for one in data]
    assert said == ["Ana Gil", "ana arroba gmail punto com"]
    assert not {"ana", "gil", "arroba", "com"}.intersection(masked.line.split())
    assert "mañana a las 10" in masked.line


@pytest.mark.parametrize(
    ("text", "value", "how"),
    [
        ("11 5555 1234", "+5491155551234", "typed"),
        ("once cincuenta y cinco cincuenta y cinco ochenta veinte", "+5491155558020", "spelt"),
        ("once, quinientos cincuenta y cinco, cinco, doce treinta y cuatro", "+5491155551234", "spelt"),
        ("once cuarenta y cinco sesenta y siete doble ocho noventa y nueve", "+5491145678899", "spelt"),
        ("onze nove oito sete seis meia cinco quatro tres", "+5491198766543", "spelt"),
        ("cincuenta y cinco cincuenta y cinco doce treinta cuatro", "+5491155551234", "spelt"),
        ("1155551234 no, 1155551235", "+5491155551235", "typed"),
    ],
)  # fmt: skip
def test_a_phone_in_figures_words_or_groups_is_sure(given_data: Given, text: str, value: str, how: str) -> None:
    phone = given_data(text, "client_phone")["client_phone"]
    assert (phone.value, phone.how, phone.sure) == (value, how, True)


@pytest.mark.parametrize(
    ("text", "asked", "value", "reason"),
    [
        ("11 5555 12", "client_phone", "", "too short"), ("12345", "client_phone", "", "too short"),
        ("mi teléfono es 4567", None, "", "too short"),
        ("five five five oh one nine nine", "client_phone", "", "too short"),
        ("mi cel es 1155551234567890", None, "", "too long"),
        ("creo que es 11 5555 1234", "client_phone", "+5491155551234", "doubted"),
        ("11 5555 1234 o 11 5555 1235", None, "+5491155551234", "two ways"),
    ],
)  # fmt: skip
def test_a_phone_that_is_not_sure_says_why(
    given_data: Given, text: str, asked: str | None, value: str, reason: str
) -> None:
    phone = given_data(text, asked)["client_phone"]
    assert (phone.value, phone.sure, phone.reason) == (value, False, reason)


@pytest.mark.parametrize(
    "text", ["mañana a las 10", "a las 10 30", "a las 17:30", "mi dni es 34555123", "no tengo celular", "somos 4"]
)
def test_figures_that_are_no_phone_are_none(given_data: Given, text: str) -> None:
    assert "client_phone" not in given_data(text, "client_phone")


def test_what_cannot_be_used_fills_no_slot(read: Read) -> None:
    assert read("11 5555 12", "client_phone", "book").slots == {}
    assert read("anagil arroba gmail", "client_email", "book").slots == {}


@pytest.mark.parametrize(
    ("text", "asked", "wanted"),
    [
        ("soy Ana, Ana María Paz", True, "Ana María Paz"), ("me llamo ana, ana paula gil", True, "Ana Paula Gil"),
        ("Ana por acá, quiero un turno", False, "Ana"), ("hola, Lorenzo Roldan por acá", False, "Lorenzo Roldan"),
        ("acá Ana Paz", False, "Ana Paz"), ("habla Ramiro", False, "Ramiro"), ("habla alessandra", False, "Alessandra"),
        ("Kate speaking", False, "Kate"), ("carrie perkins speaking", True, "Carrie Perkins"),
        ("aqui é o João da Silva", False, "João da Silva"), ("Gracia Seco Puerta", True, "Gracia Seco Puerta"),
        ("Gracia", True, "Gracia"), ("Amor Puerta", True, "Amor Puerta"), ("lope peinado", True, "Lope Peinado"),
        ("Jesús Segundo Vergara", True, "Jesús Segundo Vergara"), ("Alla Heidrich", True, "Alla Heidrich"),
        ("meu nome é Isabella Casa Grande", True, "Isabella Casa Grande"), ("franco blanco", True, "Franco Blanco"),
        ("juan escobar", True, "Juan Escobar"), ("soy noemí canales", False, "Noemí Canales"),
        ("un turno a nombre de anel", False, "Anel"), ("Hans-Herbert Meyer", True, "Hans-Herbert Meyer"),
        ("soy maría-josé ruiz", False, "María-José Ruiz"), ("ludwig von braun", True, "Ludwig von Braun"),
        ("soy joseph le goff", True, "Joseph Le Goff"), ("ana de la cruz", True, "Ana de la Cruz"),
        ("D'Angelo Ruiz", True, "D'Angelo Ruiz"), ("soy Sofía", False, "Sofía"), ("carlos gomez", True, "Carlos Gomez"),
        ("hola, soy sylwia plath y quiero un turno", False, "Sylwia Plath"),
        ("con Sofía", True, None), ("ah y con carlos", True, None), ("y con carlos mejor", True, None),
        ("con Carlos, soy Ana Paz", True, "Ana Paz"), ("is Carlos here?", False, None), ("estoy por acá", False, None),
        ("todo bien por acá", False, None), ("habla español?", False, None), ("I'm here", False, None),
        ("soy pelirroja natural y quiero algo", False, None), ("Corte Bob", True, None), ("Dale", True, None),
        ("mechas rubio", True, None), ("Quiero Cancelar", True, None), ("Buenas Tardes", True, None),
    ],
)  # fmt: skip
def test_the_customers_own_name(given_data: Given, text: str, asked: bool, wanted: str | None) -> None:
    name = given_data(text, "client_name" if asked else None).get("client_name")
    assert (name.value if name else None) == wanted


def test_a_name_by_a_weak_cue_alone_is_not_sure(given_data: Given) -> None:
    assert given_data("hola, soy Sylwia Plath y quiero un turno")["client_name"].sure
    assert not given_data("hola, soy sylwia plath y quiero un turno")["client_name"].sure
