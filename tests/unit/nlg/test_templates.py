"""The templates themselves, and what start-up makes of broken ones."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from nlg.writing.keys import PHRASES as KEYS
from nlg.writing.keys import WORDS
from nlg.writing.phrases import TEMPLATES_DIR, load_phrases, resolve
from runtime.errors import PulpoError
from tests.intents import OF_CONTRACT
from tests.unit.nlg.builders import PHRASES, VET, reply_to, turn
from turn.vocabulary import Intent

DONE_WORDS = re.compile(
    r"reservad[oa]|reservé|cancelad[oa]|cancelé|cambiad[oa]|cambié|agendad[oa]|agendei|cancelei|remarcad[oa]|mudei"
    r"|\bbooked\b|\bcancelled\b|\bmoved\b|qued[oó] hecho|está feito|^done"
    r"|\bpasé\b|\bdejé\b|\bdeixei\b|as it was before",
    re.IGNORECASE,
)
MAY_SAY_DONE = {
    *("booked", "moved", "cancelled", "write_done"),
    *("task_booked", "task_booked_for", "task_booked_several", "cancelled_several", "restored"),
    *("changed", "changed_back", "changed_moment", "changed_time"),
    *("changed_several", "changed_back_several"),
}
SAYS_THAT_IT_WAS_NOT = {"kept", "kept_several", "deferred"}
"""Phrases that have such words only to deny them."""
EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")


def test_the_languages_are_there() -> None:
    assert sorted(PHRASES) == ["en", "es-AR", "es-CL", "es-CO", "es-ES", "es-MX", "es-UY", "pt-BR"]


@pytest.mark.parametrize("locale", PHRASES)
def test_only_done_writes_are_told_as_done(locale: str) -> None:
    guilty = {name for name, texts in PHRASES[locale].variants.items() for text in texts if DONE_WORDS.search(text)}
    assert guilty - SAYS_THAT_IT_WAS_NOT == MAY_SAY_DONE


@pytest.mark.parametrize("locale", PHRASES)
def test_a_phrase_asks_one_question_except_where_it_asks_to_confirm(locale: str) -> None:
    for name, texts in PHRASES[locale].variants.items():
        for text in texts:
            assert text.count("?") <= (2 if name in ("confirm_cancel", "confirm_move", "confirm_book") else 1), name


@pytest.mark.parametrize("locale", PHRASES)
def test_emoji_are_rare(locale: str) -> None:
    texts = [text for variants in PHRASES[locale].variants.values() for text in variants]
    assert all(len(EMOJI.findall(text)) <= 1 for text in texts)
    assert sum(bool(EMOJI.search(text)) for text in texts) <= 3


@pytest.mark.parametrize("locale", PHRASES)
def test_answers_to_tap_are_short(locale: str) -> None:
    for name in ("yes", "no", "talk_to_person", *(key for key in KEYS if key.startswith("intent_"))):
        assert 0 < len(PHRASES[locale].fixed(name)) <= 30


@pytest.mark.parametrize(
    ("wanted", "own", "got"),
    [
        ("es-AR", "en", "es-AR"),
        ("es-CL", "en", "es-CL"),
        ("es-PE", "en", "es-MX"),
        ("es-PE", "es-CL", "es-CL"),
        ("es", "en", "es-MX"),
        ("es", "es-CL", "es-CL"),
        ("es-MX", "es-CL", "es-MX"),
        ("ES_ar", "en", "es-AR"),
        ("pt", "es-AR", "pt-BR"),
        ("en-US", "es-AR", "en"),
        ("", "pt-BR", "pt-BR"),
        ("", "es-CL", "es-CL"),
        ("fr-FR", "pt-BR", "pt-BR"),
    ],
)
def test_a_locale_falls_back_to_its_language_and_then_to_the_workspaces(wanted: str, own: str, got: str) -> None:
    assert resolve(wanted, own, PHRASES).locale == got


def test_an_unknown_language_gets_some_language() -> None:
    assert resolve("fr", "de-DE", PHRASES).locale in PHRASES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TEMPLATES_DIR, tmp_path / "templates"))


def rewrite(file: Path, section: str, key: str, value: Any) -> None:
    raw = yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)
    if value is None:
        del raw[section][key]
    else:
        raw[section][key] = value
    file.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")


@pytest.mark.parametrize("key", sorted(KEYS)[::9])
def test_a_missing_phrase_is_named(folder: Path, key: str) -> None:
    rewrite(folder / "pt-BR.yaml", "phrases", key, None)
    with pytest.raises(PulpoError, match=rf"pt-BR\.yaml: phrases\.{key}: missing"):
        load_phrases(folder)


@pytest.mark.parametrize("key", sorted(WORDS))
def test_a_missing_word_is_named(folder: Path, key: str) -> None:
    rewrite(folder / "en.yaml", "words", key, None)
    with pytest.raises(PulpoError, match=rf"en\.yaml: words\.{key}: expected"):
        load_phrases(folder)


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("booked", ["Hola {nombre}", "Hola"], r"placeholder \{nombre\} is unknown"),
        ("booked", "Hola {name}", r"placeholder \{name\} is not always known"),
        ("thanks", "De nada {name}", r"placeholder \{name\} is unknown"),
        ("thanks", "De nada }", "unbalanced braces"),
        ("thanks", False, "missing"),
        ("thanks", "x" * 151, "longer than 150"),
        ("surprise", "Hola", "unknown"),
    ],
)
def test_an_unusable_phrase_is_named(folder: Path, key: str, value: object, problem: str) -> None:
    rewrite(folder / "es-AR.yaml", "phrases", key, value)
    with pytest.raises(PulpoError, match=rf"es-AR\.yaml: phrases\.{key}: {problem}"):
        load_phrases(folder)


def test_all_problems_are_named_at_once(folder: Path) -> None:
    rewrite(folder / "es-AR.yaml", "phrases", "thanks", None)
    rewrite(folder / "en.yaml", "phrases", "goodbye", None)
    with pytest.raises(PulpoError) as caught:
        load_phrases(folder)
    assert "phrases.thanks" in caught.value.message
    assert "phrases.goodbye" in caught.value.message


def test_a_file_that_is_no_yaml_and_an_empty_folder_are_named(folder: Path, tmp_path: Path) -> None:
    (folder / "en.yaml").write_text("phrases: [", encoding="utf-8")
    with pytest.raises(PulpoError, match=r"en\.yaml: expected readable YAML"):
        load_phrases(folder)
    (tmp_path / "empty").mkdir()
    with pytest.raises(PulpoError, match="at least one template file"):
        load_phrases(tmp_path / "empty")


@pytest.mark.parametrize("locale", sorted(PHRASES))
@pytest.mark.parametrize("intent", OF_CONTRACT)
def test_every_intent_has_a_name_in_every_language(intent: str, locale: str) -> None:
    assert PHRASES[locale].fixed(f"intent_{intent}")


def test_a_reply_is_written_in_the_asked_language() -> None:
    assert "Olá" in reply_to(turn(Intent.GREETING), VET, "pt-BR").message
    assert "Hi!" in reply_to(turn(Intent.GREETING), VET, "en").message
