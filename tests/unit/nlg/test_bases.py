"""Template files that say only what is different from another."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from nlg.writing.bases import with_base
from nlg.writing.phrases import TEMPLATES_DIR, load_phrases, resolve
from runtime.errors import PulpoError
from tests.unit.nlg.builders import PHRASES

TUTEO = ("es-ES", "es-MX", "es-CO", "es-CL")
VOSEO = re.compile(
    r"(?<!\w)(?!más|demás|después)[a-záéíóúñ]+(?:ás|és|ís)(?!\w)|\b(?:vos|dale|acá|turnos?)\b", re.IGNORECASE
)
IMPERATIVES = re.compile(r"\b(?:dec|escrib|ped|esper|pregunt|dej)(?:i|a)(?:me|lo|le|nos)\b", re.IGNORECASE)
OTHER_GENDER = re.compile(
    r"\bcitas? \w+ (?:reservado|cancelado|cambiado)s?\b|\b(?:el|un|del|ningún|otro|ese) citas?\b", re.IGNORECASE
)
FILES: dict[str, dict[str, Any]] = {
    "base": {
        "phrases": {"thanks": ["Decime «{turno}», dale.", "Dale, un turno."], "late": "Tarde"},
        "words": {"and": " y "},
        "free": "turno dale",
    },
    "middle": {"base": "base", "replace": {"turno": "cita", "un turno": "una cita", "dale": "vale"}},
    "top": {
        "base": "middle",
        "replace": {"cita": "hora"},
        "phrases": {"late": "Atrasado"},
        "words": {"and": " e "},
    },
}


def test_a_file_takes_what_it_does_not_say_from_its_base_with_words_replaced() -> None:
    middle = with_base("middle", FILES)
    assert middle is not None
    assert middle["phrases"]["thanks"] == ["Decime «{turno}», vale.", "Vale, una cita."]
    assert middle["free"] == "cita vale"


def test_a_base_may_have_a_base_and_what_a_file_says_itself_stands() -> None:
    top = with_base("top", FILES)
    assert top is not None
    assert top["phrases"] == {"thanks": ["Decime «{turno}», vale.", "Vale, una hora."], "late": "Atrasado"}
    assert top["words"] == {"and": " e "}


@pytest.mark.parametrize(
    "files", [{"a": {"base": "b"}}, {"a": {"base": "b"}, "b": {"base": "a"}}, {"a": {"base": "a"}}]
)
def test_a_base_that_is_missing_or_goes_round_in_circles_is_none(files: dict[str, dict[str, str]]) -> None:
    assert with_base("a", files) is None


def test_a_base_that_is_missing_is_named_at_start_up(tmp_path: Path) -> None:
    for file in TEMPLATES_DIR.glob("*.yaml"):
        (tmp_path / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "es-UY.yaml").write_text(yaml.safe_dump({"base": "es-PY"}), encoding="utf-8")
    with pytest.raises(PulpoError, match=r"es-UY\.yaml: base: expected"):
        load_phrases(tmp_path)


@pytest.mark.parametrize("locale", TUTEO)
@pytest.mark.parametrize("pattern", [VOSEO, IMPERATIVES, OTHER_GENDER], ids=["voseo", "imperatives", "gender"])
def test_no_word_of_the_river_plate_is_left_where_people_say_tu(locale: str, pattern: re.Pattern[str]) -> None:
    texts = [text for variants in PHRASES[locale].variants.values() for text in variants]
    assert [text for text in texts if pattern.search(text)] == []


def test_these_patterns_find_what_they_look_for() -> None:
    river_plate = [text for variants in PHRASES["es-AR"].variants.values() for text in variants]
    assert any(VOSEO.search(text) for text in river_plate)
    assert any(IMPERATIVES.search(text) for text in river_plate)
    assert OTHER_GENDER.search("Tu cita quedó reservado.")


TU = re.compile(
    r"\b(?:quieres|puedes|prefieres|necesitas|tienes|pasas|dime|escr[ií]be(?:me|lo|nos)|p[ií]de(?:me|le)|contigo|"
    r"elige|aqu[ií]|turnos?|citas?)\b",
    re.IGNORECASE,
)


def test_uruguay_says_vos_and_books_hours() -> None:
    texts = [text for variants in PHRASES["es-UY"].variants.values() for text in variants]
    assert [text for text in texts if TU.search(text) or OTHER_GENDER.search(text)] == []
    assert "¿A nombre de quién va la hora?" in PHRASES["es-UY"].variants["ask_name"]
    assert any("querés" in text for text in texts)


def test_a_country_without_words_of_its_own_says_tu_and_cita() -> None:
    texts = [text for variants in resolve("es-PE", "es-PE", PHRASES).variants.values() for text in variants]
    assert not any(VOSEO.search(text) for text in texts)


def test_chile_books_hours() -> None:
    assert "¿A nombre de quién va la hora?" in PHRASES["es-CL"].variants["ask_name"]
    assert (PHRASES["es-MX"].word("thousands"), PHRASES["es-CO"].word("thousands")) == (",", ".")
