"""A language and a trade that no image has, by their data alone: data/it is what a platform team would write."""

import json
import shutil
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from extractor.meaning import phrased
from extractor.meaning.labels import as_label, message_from
from extractor.meaning.packs import load_phrases
from extractor.packs import SHIPPED, Packs
from extractor.reading.message import MessageInContext, Reading
from extractor.reading.reader import Reader
from extractor.settings import ExtractorSettings
from extractor.text.normalised import fold
from extractor.text.spelling import speller
from extractor.wiring import check, make_reader
from runtime.errors import PulpoError
from tests.unit.extractor.scoring import DATA, labelled
from tests.unit.extractor.scoring import workspace as shipped_workspace
from turn.meaning import NOTHING
from workspace.loader import load_workspace
from workspace.model import Workspace

FOLDER = DATA / "it"
ITALIAN = Packs(FOLDER)
WHOLE = 0.95
"""Least share of the labelled messages that are read right in every part."""


@cache
def workshop() -> Workspace:
    """An Italian bicycle workshop whose manifest has names alone."""
    return load_workspace(FOLDER / "officina.yaml")


@cache
def reader(packs: Packs = ITALIAN) -> Reader:
    return Reader(workshop(), packs=packs)


def read(text: str, packs: Packs = ITALIAN) -> Reading:
    return reader(packs).read(MessageInContext(text, datetime.fromisoformat("2026-03-11T10:00:00+01:00")))


def message_of(row: Mapping[str, Any]) -> MessageInContext:
    return message_from(row["text"], datetime.fromisoformat(row["reference_time"]), row.get("context", {}))


def comparable(label: object) -> object:
    """A label without the order of its lists, and with its texts folded."""
    if isinstance(label, dict):
        return {name: comparable(part) for name, part in label.items()}
    if isinstance(label, list):
        return sorted(json.dumps(comparable(part), sort_keys=True) for part in label)
    return fold(label) if isinstance(label, str) else label


def test_no_image_has_the_language_or_the_trade() -> None:
    assert "it" not in SHIPPED.languages
    assert not SHIPPED.has("trades", workshop().vertical)
    assert not any(service.aliases for service in workshop().services)


def test_messages_of_a_new_language_and_trade_are_read() -> None:
    rows, wrong = labelled("it/reading.jsonl"), []
    assert len(rows) == 60
    assert {row["workspace"] for row in rows} == {workshop().id}
    for row in rows:
        got = as_label(reader().read(message_of(row)).meaning or NOTHING)
        same_order = got["acts"] == row["reading"]["acts"]
        if not same_order or comparable(got) != comparable(row["reading"]):
            wrong.append((row["text"], got))
    assert 1 - len(wrong) / len(rows) >= WHOLE, wrong


def test_without_its_data_a_language_is_read_as_the_first_one_and_the_log_says_so() -> None:
    with capture_logs() as logs:
        read_as = make_reader(workshop(), SHIPPED)
    assert [line["event"] for line in logs] == ["no data of the language of it-IT, read as es"]
    for row in labelled("it/reading.jsonl"):
        assert read_as.read(message_of(row)).meaning
    with capture_logs() as logs:
        make_reader(workshop(), ITALIAN)
    assert not logs


def test_the_model_is_asked_in_the_languages_that_it_was_taught_alone() -> None:
    assert read("vorrei prenotare un tagliando per venerdì").source == "rules"
    assert read("hola, quiero cancelar mi turno por favor").source == "cpu"


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("ciao!", "greeting"),
        ("vorrei un appuntamento per venerdì", "book"),
        ("avete posto domani?", "book"),
        ("devo disdire l'appuntamento", "cancel"),
        ("posso spostarlo a sabato?", "reschedule"),
        ("quanto costa il tagliando?", "info_prices"),
        ("a che ora chiudete?", "info_hours"),
        ("quanto ci vuole per i freni?", "info_services"),
        ("dove siete?", "other"),
        ("grazie mille", "chitchat"),
    ],
)
def test_the_intent_is_told_by_the_phrases(text: str, intent: str) -> None:
    assert read(text).intent == intent


def test_scores_come_from_acts_and_from_what_is_asked() -> None:
    pack = load_phrases("it", ITALIAN)
    cues, scores = phrased.scan(" quanto costa il lavaggio ? ", pack)
    _, unasked = phrased.scan(" il prezzo del lavaggio lo so ", pack)
    assert cues == {"price"}
    assert max(scores, key=lambda intent: scores[intent]) == "info_prices"
    assert scores["info_prices"] > unasked["info_prices"] > 0


def test_a_trade_is_one_file(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "it")
    (tmp_path / "it" / "trades" / "ciclofficina.yaml").unlink()
    assert read("ho la gomma a terra, quando posso passare?").slots["service_type"] == "Riparazione Foratura"
    without = read("ho la gomma a terra, quando posso passare?", Packs(tmp_path / "it"))
    assert "service_type" not in without.slots


def test_a_further_language_changes_nothing_for_the_others() -> None:
    for row in labelled("reading_dev.jsonl"):
        assert salon(ITALIAN).read(message_of(row)) == salon(SHIPPED).read(message_of(row))


@cache
def salon(packs: Packs) -> Reader:
    return Reader(shipped_workspace(), packs=packs)


def test_a_message_clearly_in_a_further_language_is_read_in_it_at_any_business() -> None:
    message = MessageInContext(
        "vorrei prenotare per venerdì alle 5", datetime.fromisoformat("2026-03-11T10:00:00-03:00")
    )
    reading = salon(ITALIAN).read(message)
    assert (reading.language, reading.intent, reading.slots["preferred_date"]) == ("it", "book", "2026-03-13")
    assert salon(SHIPPED).read(message).language != "it"


@pytest.mark.parametrize(
    ("word", "plain"), [("Dell'Appuntamento", "dell appuntamento"), ("xké", "perche"), ("grazieee", "grazie")]
)
def test_words_are_spelt_out_as_the_language_has_them(word: str, plain: str) -> None:
    assert speller("it", ITALIAN)(word) == plain


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("words/it.yaml", None, "it: expected a file"),
        ("days/it.yaml", "rules: {a: {is: '<int>', makes: day, by: nothing}}", "days/it.yaml: GrammarError"),
        ("phrases/it.yaml", "acts: {greet: ['(']}", "phrases/it.yaml"),
        ("trades/ciclofficina.yaml", "wash: {names: lavaggio}", "trades/ciclofficina.yaml: KeyError"),
    ],
)
def test_data_that_cannot_be_used_stop_the_start_and_are_named(
    tmp_path: Path, file: str, text: str | None, told: str
) -> None:
    shutil.copytree(FOLDER, tmp_path / "it")
    if text is None:
        (tmp_path / "it" / file).unlink()
    else:
        (tmp_path / "it" / file).write_text(text, encoding="utf-8")
    with pytest.raises(PulpoError, match="BAD_PACKS") as raised:
        check(Packs(tmp_path / "it"))
    assert told in raised.value.message


def test_data_that_can_be_used_are_taken() -> None:
    check(ITALIAN)


def test_the_setting_names_the_folder() -> None:
    settings = ExtractorSettings(_env_file=None, extractor_packs=FOLDER)
    assert settings.packs == ITALIAN
    with pytest.raises(ValueError, match="expected a folder"):
        ExtractorSettings(_env_file=None, extractor_packs=FOLDER / "officina.yaml")
