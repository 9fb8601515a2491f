"""Services and staff of two different businesses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.catalogue.mentions import Catalogue
from extractor.text.normalised import view
from tests.unit.extractor.scoring import workspace

SALON, VET = workspace(), workspace("veterinaria-cordillera")
CATALOGUES = {business.id: Catalogue(business) for business in (SALON, VET)}


def found(text: str, slot: str, business: str = "estudio-pulpo", asked: str | None = None) -> list[str]:
    return [mention.value for mention in CATALOGUES[business].find(view(text), asked) if mention.slot == slot]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("cortarme el pelo", "Corte de Cabello"), ("cortarse", "Corte de Cabello"), ("cortarte", "Corte de Cabello"),
        ("me corto", "Corte de Cabello"), ("un cortecito", "Corte de Cabello"), ("el flequillo", "Corte de Cabello"),
        ("me cortás el pelo", "Corte de Cabello"), ("teñirse", "Coloración"), ("raíces", "Coloración"),
        ("unas mechas", "Coloración"), ("tenirme", "Coloración"), ("barva", "Barba"), ("afeitarse", "Barba"),
        ("corte de barba", "Barba"), ("uñas", "Manicura"), ("las unas", "Manicura"), ("manicuría", "Manicura"),
        ("manicura", "Manicura"), ("uñitas", "Manicura"), ("queratina", "Alisado"), ("alizado", "Alisado"),
        ("alisarse", "Alisado"), ("tratamiento de keratina", "Alisado"), ("brushin", "Brushing"), ("peinadito",
        "Brushing"),
        ("hidratacion", "Tratamiento Capilar"), ("baño de crema", "Tratamiento Capilar"), ("haircut",
        "Corte de Cabello"),
        ("escova", "Brushing"), ("luzes", "Coloración"), ("cortesito", "Corte de Cabello"),
        ("uñias", "Manicura"), ("raizes", "Coloración"), ("la raíz", "Coloración"), ("mechitas", "Coloración"),
        ("barb", "Barba"), ("barbita", "Barba"), ("colorcito", "Coloración"), ("tratamientto capilar",
        "Tratamiento Capilar"), ("banio de crema", "Tratamiento Capilar"), ("vrushing", "Brushing"),
        ("hidratasion", "Tratamiento Capilar"), ("despuntarme", "Corte de Cabello"), ("despunte", "Corte de Cabello"),
        ("men's fades", "Corte de Cabello"), ("cubrir las canas", "Coloración"), ("secarme el pelo", "Brushing"),
        ("fazer a barba", "Barba"), ("barb y corte", "Barba"), ("unha em gel", "Manicura"),
    ],
)  # fmt: skip
def test_a_service_is_found(text: str, wanted: str) -> None:
    assert found(text, "service_type")[:1] == [wanted]


@pytest.mark.parametrize(
    "text",
    ["tengo el pelo corto", "unas chicas", "una cita", "quiero apartar un turno", "cuanto me cobrarias",
    "será mañana", "por favor",
     "ya me corté en otro lado", "de parte de Ana", "el importe", "hola buenas",
     "es fácil llegar", "quería contarte algo", "un ratito", "take care", "send me a message", "save me a spot",
     "a raíz de eso", "la raíz de 81", "re rápidos como siempre", "cambio de pastillas", "las tenían",
     "qué buena onda"],
)  # fmt: skip
def test_no_service_is_found(text: str) -> None:
    assert found(text, "service_type") == []


@pytest.mark.parametrize(
    "text", ["depilación", "masajes", "laminado de cejas", "uñas de los pies", "tinte de pestañas", "un piercing"]
)
def test_what_is_not_offered_is_no_service(text: str) -> None:
    assert found(text, "service_type") == [""]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("con carlos", "Carlos"), ("con Charly", "Carlos"), ("con maria", "María"), ("con la sofi", "Sofía"),
    ("con lu", "Lucía"),
     ("la señora María", "María"), ("con carlso", "Carlos"), ("com a Lucia", "Lucía")],
)  # fmt: skip
def test_a_member_of_staff_is_found(text: str, wanted: str) -> None:
    assert found(text, "staff_name") == [wanted]


@pytest.mark.parametrize("text", ["lu", "mariana viene", "con luciana", "con marcos"])
def test_other_names_are_not_staff(text: str) -> None:
    assert found(text, "staff_name") == []


def test_a_short_name_counts_when_staff_was_asked() -> None:
    assert found("lu", "staff_name", asked="staff_name") == ["Lucía"]


@pytest.mark.parametrize(
    ("text", "slot", "wanted"),
    [
        ("vacunar a mi perro", "service_type", "Vacunación"), ("una ecografia", "service_type", "Ecografía"),
        ("control con la doctora Paredes", "staff_name", "Dra. Paredes"), ("con muñoz", "staff_name", "Dr. Muñoz"),
        ("con la Dra. Paredes", "staff_name", "Dra. Paredes"),
        ("con el Dr Muñoz", "staff_name", "Dr. Muñoz"),
        ("baño para el gato", "service_type", "Baño y Peluquería"), ("antirabica", "service_type", "Vacunación"),
    ],
)  # fmt: skip
def test_another_business_has_its_own_words(text: str, slot: str, wanted: str) -> None:
    assert found(text, slot, VET.id) == [wanted]


def test_one_business_does_not_know_anothers_words() -> None:
    assert found("una ecografía", "service_type") == []
    assert found("keratina", "service_type", VET.id) == []


ALIASES = [
    (SALON.id, service.name, alias) for service in SALON.services for alias in (service.name, *service.aliases)
] + [(VET.id, service.name, alias) for service in VET.services for alias in (service.name, *service.aliases)]


@given(
    st.sampled_from(ALIASES),
    st.sampled_from(["{}", "quiero {} mañana", "¿cuánto sale {}?", "HOLA {}!!", "para {}, por favor"]),
)
def test_every_alias_leads_to_its_service(row: tuple[str, str, str], sentence: str) -> None:
    business, service, alias = row
    assert found(sentence.format(alias), "service_type", business)[:1] == [service]
    assert found(sentence.format(alias.upper()), "service_type", business)[:1] == [service]


def test_a_letter_joined_by_a_hyphen_is_short_for_nothing() -> None:
    assert view("an x-ray x favor").line == " an x - ray por favor "


GARAGE = SALON.model_copy(
    update={
        "services": tuple(
            SALON.services[0].model_copy(update={"name": name, "aliases": ()})
            for name in ("Mantención Básica", "Mantención Completa", "Centrado de Ruedas")
        ),
        "staff": (),
    }
)
"""A business of which two services differ by a word that says little."""


def test_a_word_that_tells_one_service_from_another_answers_the_question_which() -> None:
    catalogue = Catalogue(GARAGE)
    assert [one.value for one in catalogue.find(view("la completa"), "service_type")] == ["Mantención Completa"]
    assert catalogue.find(view("la semana completa"), None) == []


def test_or_parts_two_services_and_the_portuguese_article_does_not() -> None:
    catalogue = CATALOGUES["estudio-pulpo"]
    either = catalogue.look(view("corte o barba"), None, "es").mentions
    assert [one.value for one in either] == ["Corte de Cabello", "Barba"]
    assert [one.value for one in catalogue.look(view("cortar o cabelo"), None, "pt").mentions] == ["Corte de Cabello"]
