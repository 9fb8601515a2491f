"""Businesses whose manifests have names alone: what their customers say is found all the same."""

from functools import cache

import numpy as np
import pytest

from extractor.catalogue.meaning import Comparing, Meant, NamesByMeaning, Vectors
from extractor.catalogue.mentions import Catalogue
from extractor.reading.reader import Reader
from extractor.text.normalised import view
from tests.unit.extractor.scoring import DATA, labelled, message_of, right_intent, wrong_slots
from workspace.loader import load_workspace

BUSINESSES = ("dental", "car", "studio")
_NAMES = frozenset(("service_type", "staff_name"))


@cache
def reader(business: str) -> Reader:
    return Reader(load_workspace(DATA / f"names_{business}.yaml"))


def rows(business: str) -> list[dict[str, object]]:
    return labelled(f"names_{business}.jsonl")


def test_the_manifests_have_no_aliases_and_half_the_messages_say_no_name() -> None:
    for business in BUSINESSES:
        workspace = load_workspace(DATA / f"names_{business}.yaml")
        assert not any(service.aliases for service in workspace.services)
        assert not any(member.aliases for member in workspace.staff)
        groups = [row["group"] for row in rows(business)]
        assert len(groups) == 40
        assert sum(group in ("inflected", "lay", "typo") for group in groups) >= 20


@pytest.mark.parametrize("business", BUSINESSES)
def test_names_are_found_without_aliases(business: str) -> None:
    wrong, whole = [], 0
    for row in rows(business):
        reading = reader(business).read(message_of(row))
        errors = list(wrong_slots(row, reading))
        wrong += [(row["text"], error) for error in errors if error[0] in _NAMES]
        whole += not errors and right_intent(row, reading)
    assert len(wrong) <= 1, wrong
    assert whole >= 37


def catalogue(*services: str, staff: str = "Ana", vertical: str = "servicios", not_offered: str = "") -> Catalogue:
    base = load_workspace(DATA / "names_car.yaml")
    made = [base.services[0].model_copy(update={"name": name}) for name in services]
    people = [base.staff[0].model_copy(update={"name": name, "services": services}) for name in staff.split("|")]
    no = tuple(not_offered.split("|")) if not_offered else ()
    update = {"services": tuple(made), "staff": tuple(people), "vertical": vertical, "not_offered": no}
    return Catalogue(base.model_copy(update=update))


def found(known: Catalogue, text: str, slot: str = "service_type") -> list[str]:
    return [one.value for one in known.find(view(text), None) if one.slot == slot]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Alineación", "alinear"), ("Blanqueamiento", "blanquearme"), ("Depilación", "depilarme"),
        ("Esmaltado", "esmaltarme"), ("Vacunación", "una vacuna"), ("Vacunación", "vacunan gatos?"),
        ("Corte", "cortarme"), ("Baño", "bañar"), ("Tintura", "teñirme"), ("Extracción", "que me extraigan una"),
        ("Diagnóstico", "que lo diagnostiquen"), ("Prueba de sonido", "sonidito"), ("Masaje", "masajearme"),
        ("Clareamento", "clarear"), ("Whitening", "whiten"), ("Alineación", "alineasion"), ("Bordado", "vordado"),
        ("Bordado", "bordarme"), ("Tapizado", "tapisado"), ("Grabado", "me graban"),
    ],
)  # fmt: skip
def test_words_of_a_family_name_the_service(name: str, text: str) -> None:
    assert found(catalogue(name, "Otra cosa"), text) == [name]


@pytest.mark.parametrize("text", ["lo tengo corto", "el corte inglés no", "cambiar el turno", "muy completo todo"])
def test_what_only_looks_like_a_name_is_none(text: str) -> None:
    assert found(catalogue("Cambio de Filtro", "Grabado Completo"), text) == []


def test_words_of_two_names_are_left_open_and_another_word_tells() -> None:
    known = catalogue("Corte Mujer", "Corte Hombre", "Afeitado")
    seen = known.look(view("quiero un corte"), None)
    assert (seen.mentions, seen.candidates) == ([], ("Corte Mujer", "Corte Hombre"))
    assert found(known, "corte de dama") == ["Corte Mujer"]
    assert found(known, "un corte mañana, para hombres") == ["Corte Hombre"]


def test_the_plain_service_is_meant_before_one_with_more_to_it() -> None:
    known = catalogue("Lavado", "Lavado y Secado", "Lavado Premium")
    assert found(known, "un lavado") == ["Lavado"]
    assert found(known, "lavado y secado") == ["Lavado y Secado"]


def test_a_concept_counts_only_where_a_service_bears_its_name() -> None:
    assert found(catalogue("Extracción", "Ortodoncia"), "me quiero sacar la muela") == ["Extracción"]
    assert found(catalogue("Ortodoncia", "Implante"), "me quiero sacar la muela") == []


def test_the_vertical_names_the_trade() -> None:
    assert found(catalogue("Limpieza", "Otra cosa", vertical="dental"), "sacarme el sarro") == ["Limpieza"]
    assert found(catalogue("Limpieza", "Otra cosa", vertical="home"), "sacarme el sarro") == []


def test_what_is_not_offered_wins_where_it_says_more() -> None:
    known = catalogue("Masaje Relajante", "Facial", not_offered="masaje con piedras|cejas")
    assert found(known, "masaje con piedras") == [""]
    assert found(known, "un masaje") == ["Masaje Relajante"]


@pytest.mark.parametrize(
    "text", ["te hago una consulta", "una consulta: abren hoy?", "tengo una consulta", "hola, consulta: dónde quedan"]
)
def test_a_consultation_is_a_turn_of_speech(text: str) -> None:
    assert found(catalogue("Consulta General", "Vacunación"), text) == []


def test_a_consultation_is_a_service_too() -> None:
    assert found(catalogue("Consulta General", "Vacunación"), "quiero una consulta mañana") == ["Consulta General"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("con la dra gomez", "Dra. Valeria Gómez"), ("con gómes", "Dra. Valeria Gómez"),
        ("con la doctora valeria", "Dra. Valeria Gómez"), ("con vale", "Dra. Valeria Gómez"),
        ("con el profe", ""), ("con rojo", "Lic. Hernán Rojo"), ("el auto rojo", ""), ("con hern", "Lic. Hernán Rojo"),
        ("con caro", "Carolina Paz"), ("es muy caro", ""), ("hay paz acá", ""),
    ],
)  # fmt: skip
def test_people_are_named_by_parts_of_their_names(text: str, wanted: str) -> None:
    known = catalogue("Lavado", "Secado", staff="Dra. Valeria Gómez|Lic. Hernán Rojo|Carolina Paz")
    assert found(known, text, "staff_name") == ([wanted] if wanted else [])


def test_a_name_that_two_bear_is_nobodys() -> None:
    known = catalogue("Lavado", "Secado", staff="Ana Ruiz|Ana Sosa")
    assert found(known, "con ana", "staff_name") == []
    assert found(known, "con ana sosa", "staff_name") == ["Ana Sosa"]


@pytest.mark.parametrize(
    ("member", "text"),
    [
        ("Rafael", "com o rafa"), ("Yuliana", "que yuli la bañe"), ("Nico", "con nicolás"), ("Caro", "con carolina"),
        ("Dona Neide", "com a neidinha"), ("Jimena", "con gimena"), ("Michelle", "con mishell"),
        ("Dr. Luis Iriarte", "el dr yriarte"), ("Martín Bustos", "necesito que bustos me evalúe"),
        ("Walter Bentancor", "Bentancur me puede ver los frenos"), ("Dr. Salvatierra", "con el osteópata salvatierra"),
        ("Marcos", "con marquitos"),
    ],
)  # fmt: skip
def test_people_are_named_by_short_long_and_like_sounding_forms(member: str, text: str) -> None:
    assert found(catalogue("Lavado", "Secado", staff=member), text, "staff_name") == [member]


@pytest.mark.parametrize("text", ["a las 10 de la matina", "bustos de mármol", "nicotina", "con matilda"])
def test_what_only_looks_like_somebodys_name_is_none(text: str) -> None:
    assert found(catalogue("Lavado", "Secado", staff="María|Martín Bustos|Nico"), text, "staff_name") == []


@pytest.mark.parametrize(
    ("services", "text"),
    [
        ("Implante|Ortodoncia", "mi viejo anda con implante de cadera"),
        ("Limpieza Dental|Ortodoncia", "me hago limpieza de cutis"),
        ("Sucesión|Divorcio", "tuve una sucesión de problemas"),
        ("Balanceo|Frenos", "llevo un balanceo de 2 paquetes"),
        ("Peluquería Canina|Corte de Uñas", "se me cortó la llamada"),
        ("Uñas Acrílicas|Gelish", "me comí las uñas esperando"),
        ("Meditación Guiada|Spinning", "estoy meditando si voy"),
        ("Despido|Divorcio", "me despido, gracias"),
        ("Jubilación|Divorcio", "mi viejo ya es jubilado"),
        ("Cambio de Batería|Frenos", "me quedo sin batería en el celu"),
        ("Baño y Secado|Deslanado", "puedo entrar al baño?"),
        ("Barba|Corte", "barbada entonces"),
    ],
)  # fmt: skip
def test_a_thing_of_another_trade_or_a_turn_of_speech_is_no_service(services: str, text: str) -> None:
    assert found(catalogue(*services.split("|")), text) == []


@pytest.mark.parametrize(
    ("services", "text", "wanted"),
    [
        ("Extracción|Implante", "la doctora saca muelas?", "Extracción"),
        ("Corte Masculino|Corte Infantil", "un corte", "Corte Masculino"),
        ("Corte Masculino|Corte Infantil", "un corte para mi nene", "Corte Infantil"),
        ("Extensiones de Pestañas|Lifting de Pestañas", "me enchinan las pestañas", "Lifting de Pestañas"),
        ("Uñas Acrílicas|Retiro de Acrílico", "que me ponga uñas de acrílico", "Uñas Acrílicas"),
        ("Hatha Yoga|Yoga Prenatal", "algo para embarazadas", "Yoga Prenatal"),
        ("Corte de Uñas|Peluquería Canina", "motilar al perro", "Peluquería Canina"),
        ("Baño y Secado|Tratamiento Antipulgas", "ustedes lo despulgan?", "Tratamiento Antipulgas"),
    ],
)  # fmt: skip
def test_of_services_that_share_a_word_the_one_that_is_said_is_meant(services: str, text: str, wanted: str) -> None:
    assert found(catalogue(*services.split("|")), text) == [wanted]


def test_a_trade_lends_words_only_to_the_services_that_it_explains_best() -> None:
    pets = ("Baño y Secado", "Corte de Uñas", "Limpieza de Oídos", "Deslanado")
    assert found(catalogue(*pets, "Alisado"), "quiero un brushing") == []
    assert found(catalogue(*pets, "Alisado"), "un degradado") == []


@pytest.mark.parametrize(
    ("business", "text", "intent"),
    [
        ("dental", "te hago una consulta, abren el sábado?", "info_hours"),
        ("car", "una consulta rápida: hasta qué hora reciben autos?", "info_hours"),
        ("car", "cancelen, se vendió el auto", "cancel"),
        ("dental", "qué tratamientos tienen?", "info_services"),
        ("studio", "tienen algo para la celulitis?", "info_services"),
        ("car", "me equivoqué de chat, perdón", "other"),
    ],
)
def test_words_of_the_own_trade_and_openings_say_nothing_of_the_intent(business: str, text: str, intent: str) -> None:
    row = {"text": text, "reference_time": "2026-03-11T10:00:00-03:00"}
    assert (
        reader(business)
        .read(message_of({**rows(business)[0], "asked_slot": None, "active_intent": None, "known_slots": {}, **row}))
        .intent
        == intent
    )


class Letters:
    """An encoder that knows words by their letters."""

    def query(self, texts: list[str]) -> Vectors:
        rows = np.array([[text.count(letter) for letter in "abcdefghijklmnopqrstuvwxyz"] for text in texts], np.float32)
        scaled: Vectors = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
        return scaled

    passage = query


def test_meaning_takes_a_clear_lead_and_leaves_a_thin_one_open() -> None:
    meaning = NamesByMeaning(lambda: {"A": ["xxxx"], "B": ["zzzz"], "C": ["qqqq"]}, lambda: Comparing(Letters()))
    assert meaning.of(view("xxzx")) is not None
    meaning.wait()
    clear = meaning.of(view("quiero xzxx")).mention
    assert clear is not None
    assert clear.value == "A"
    assert meaning.of(view("quiero zxzx")).candidates
    assert meaning.of(view("hola, quiero un turno")) == Meant()


def test_without_an_encoder_nothing_is_meant() -> None:
    meaning = NamesByMeaning(lambda: {"A": ["xxxx"], "B": ["zzzz"]}, lambda: None)
    meaning.wait()
    assert meaning.of(view("quiero xzxx")) == Meant()
