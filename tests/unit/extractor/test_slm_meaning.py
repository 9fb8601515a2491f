"""A model's answer in the second form: schema, prompt, and what code makes of it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from extractor.meaning.labels import as_label, known_from
from extractor.reading.message import MessageInContext, Reading
from extractor.reading.reader import Reader
from extractor.settings import ExtractorSettings
from extractor.slm.confidence import part_probability
from extractor.slm.meaning_reader import SCHEMA, MeaningReader
from extractor.slm.model_reader import ModelReader, Sureness
from extractor.slm.prompt import SECOND, fixed_prompt, read_file
from extractor.wiring import make_model_reader
from runtime.models.backend import Completion, ModelError, Token
from tests.unit.extractor.test_slm import BACKEND, NOW, SALON, completion
from turn.meaning import ACTS, SUBJECTS

OFFERS = {"offers": [{"day": "2026-03-12", "time": "10:00"}, {"day": "2026-03-13", "time": "15:00"}]}
OWN = {
    "appointments": [
        {"id": "PB-AAAAAA", "service": "Corte de Cabello", "day": "2026-03-13", "time": "15:00", "name": "Ana Secreta"},
        {"id": "PB-BBBBBB", "service": "Barba", "day": "2026-03-14", "time": "11:00", "staff": "María"},
    ]
}


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(SALON)


@pytest.fixture(scope="module")
def model(reader: Reader) -> MeaningReader:
    return MeaningReader(SALON, reader, Sureness())


def message(text: str, context: Mapping[str, Any] | None = None, active: str | None = None) -> MessageInContext:
    return MessageInContext(text, NOW, None, active, known=known_from(context or {}))


def read(model: MeaningReader, reader: Reader, asked: MessageInContext, **answer: Any) -> Reading:
    wrote = completion(json.dumps(answer, ensure_ascii=False))
    return model.read(asked, wrote, reader.read(asked), BACKEND)


def label(reading: Reading) -> dict[str, Any]:
    assert reading.meaning
    return as_label(reading.meaning)


# --- schema and prompt -----------------------------------------------------------------------


def nodes(schema: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(schema, Mapping):
        yield schema
        for inner in schema.values():
            yield from nodes(inner)


def test_the_schema_has_every_word_of_the_contract_and_no_answer_is_endless() -> None:
    schema = MeaningReader.schema_of(SALON)
    Draft202012Validator.check_schema(schema)
    parts = schema["properties"]
    assert parts["acts"]["items"]["enum"] == list(ACTS)
    assert parts["subject"]["items"]["enum"] == list(SUBJECTS)
    item = parts["items"]["items"]["properties"]
    assert item["service"]["enum"] == [*SALON.service_names, "same"]
    assert item["staff"]["items"]["enum"] == [*SALON.staff_names, "any", "same"]
    for node in nodes(schema):
        if node.get("type") == "string":
            assert ("enum" in node) != ("pattern" in node)
            assert not {"*", "+"} & set(node.get("pattern", "").replace("[+]", "").replace("._+-", ""))
        if node.get("type") == "array":
            assert node["maxItems"] <= 4
        if node.get("type") == "object":
            assert node["additionalProperties"] is False


def test_the_prompt_says_every_act_and_its_examples_keep_to_the_schema() -> None:
    prompt, validator = fixed_prompt(SECOND), Draft202012Validator(MeaningReader.schema_of(SALON))
    for act in ACTS:
        assert f" {act}: " in prompt.system.replace("\n", " "), act
    examples = read_file(SECOND)["examples"]
    assert len(examples) >= 5
    for example in examples:
        assert validator.is_valid(example["answer"]), example
        assert json.dumps(example["answer"], ensure_ascii=False, separators=(",", ":")) in prompt.system


def test_every_examples_words_are_those_of_its_message(model: MeaningReader) -> None:
    for example in read_file(SECOND)["examples"]:
        text = json.loads(example["turn"].rsplit("Mensaje: ", 1)[1])
        model.parse(json.dumps(example["answer"]), message(text, {**OFFERS, **OWN}))


def test_offers_and_appointments_are_told_by_number_without_ids_and_names(model: MeaningReader) -> None:
    ask = model.ask(message("el segundo", {**OFFERS, **OWN}))
    assert "\nOfrecido: 1) 2026-03-12 10:00; 2) 2026-03-13 15:00\n" in ask.user
    assert "\nTurnos: 1) 2026-03-13 15:00 Corte de Cabello; 2) 2026-03-14 11:00 Barba María\n" in ask.user
    assert not any(secret in ask.user for secret in ("PB-", "Secreta"))
    assert "Ofrecido" not in model.ask(message("hola")).user
    assert (ask.name, ask.schema["title"]) == ("extractor_v2", "extractor_v2")


# --- readings --------------------------------------------------------------------------------


def test_days_and_hours_are_resolved_by_code_from_the_models_words(model: MeaningReader, reader: Reader) -> None:
    asked = message("algo para las garras el viernes a partir de las 17, el martes no")
    when = ["el viernes a partir de las 17", "el martes no"]
    reading = read(model, reader, asked, acts=["book"], when=when, items=[{"service": "Manicura"}])
    assert label(reading) == {
        "acts": ["book"],
        "days": ["2026-03-13", "!2026-03-17"],
        "times": [">=17:00"],
        "items": [{"service": "Manicura"}],
        "sure": True,
    }
    assert (reading.intent, reading.source) == ("book", "slm")
    assert reading.slots == {"service_type": "Manicura", "preferred_date": "2026-03-13"}
    assert reading.model == "tiny+prompt-v2-1"


def test_each_item_has_its_own_hour_and_person(model: MeaningReader, reader: Reader) -> None:
    items = [
        {"service": "Barba", "who": "suegro", "when": ["a las 10"]},
        {"service": "Manicura", "who": "writer", "staff": ["Sofía"], "when": ["11hs"]},
        {"who": "presidente"},
    ]
    asked = message("barba a las 10 para mi suegro y manicura 11hs con sofi para mí")
    reading = read(model, reader, asked, acts=["book"], items=items, people={"count": 2, "writer": True})
    assert label(reading)["items"] == [
        {"service": "Barba", "who": "suegro", "time": "10:00"},
        {"service": "Manicura", "who": "writer", "staff": ["Sofía"], "time": "11:00"},
    ]
    assert label(reading)["people"] == {"count": 2, "writer": True}


def test_a_relative_hour_counts_from_the_appointment_that_the_model_names(model: MeaningReader, reader: Reader) -> None:
    asked = message("la barbita una hora más tarde", OWN)
    reading = read(model, reader, asked, acts=["change"], when=["una hora más tarde"], refers_to=["appointment:2"])
    assert (label(reading)["times"], label(reading)["refers_to"]) == (["12:00"], ["appointment:PB-BBBBBB"])
    assert reading.intent == "reschedule"


def test_an_offer_is_named_by_its_place(model: MeaningReader, reader: Reader) -> None:
    asked = message("la última opción que me diste", OFFERS, "book")
    reading = read(model, reader, asked, acts=["choose"], refers_to=["offer:2"])
    assert label(reading)["refers_to"] == ["offer:2"]
    assert reading.slots == {"preferred_date": "2026-03-13", "preferred_time": "15:00"}


def test_what_disagrees_stays_a_doubt(model: MeaningReader, reader: Reader) -> None:
    reading = read(model, reader, message("corte el viernes 14"), acts=["book"], when=["el viernes 14"])
    assert label(reading)["conflict"] == ["2026-03-13", "2026-03-14"]
    assert "preferred_date" not in reading.slots


def test_where_code_reads_another_day_the_reading_is_not_sure(model: MeaningReader, reader: Reader) -> None:
    asked = message("corte el lunes o el martes")
    assert not label(read(model, reader, asked, acts=["book"], when=["el lunes"]))["sure"]
    assert label(read(model, reader, asked, acts=["book"]))["sure"]


@pytest.mark.parametrize(("chance", "sure"), [(-0.001, True), (-0.3, False)])
def test_a_service_that_only_the_model_sees_must_be_likely(
    model: MeaningReader, reader: Reader, chance: float, sure: bool
) -> None:
    for text, ours in (("algo para las garras", sure), ("quiero manicura", True)):
        asked = message(text)
        parts = [('{"acts":["book"],"items":', -0.001), ('[{"service":"Manicura"}]', chance), ("}", -0.001)]
        wrote = Completion("".join(part for part, _ in parts), tuple(Token(part.encode(), one) for part, one in parts))
        assert label(model.read(asked, wrote, reader.read(asked), BACKEND))["sure"] == ours


def test_codes_data_win_and_the_models_must_be_in_the_message(model: MeaningReader, reader: Reader) -> None:
    data = {"name": "ana ruiz", "email": "ana@other.com", "phone": "+5491155551234"}
    asked = message("mi correo es ana@mail.com, ana ruiz por acá", None, "book")
    reading = read(model, reader, asked, acts=["give"], data=data)
    assert label(reading)["data"] == {"email": "ana@mail.com", "name": "Ana Ruiz"}
    assert reading.slots == {"client_name": "Ana Ruiz", "client_email": "ana@mail.com"}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"acts": ["book"], "when": ["el jueves"]}, "not_said"),
        ({"acts": ["book"], "items": [{"service": "Barba", "when": ["a las 9"]}]}, "not_said"),
        ({"acts": ["choose"], "refers_to": ["offer:3"]}, "schema"),
        ({"acts": ["cancel"], "refers_to": ["appointment:1"]}, "schema"),
        ({"acts": []}, "schema"),
        ({"acts": ["pay"]}, "schema"),
        ({"acts": ["book"], "days": ["2026-03-13"]}, "schema"),
        ({"acts": ["book"], "items": [{"service": "Tatuaje"}]}, "schema"),
        ({"intent": "book", "slots": {}}, "schema"),
    ],
)
def test_an_answer_that_cannot_be_used_is_refused(
    model: MeaningReader, reader: Reader, answer: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ModelError) as caught:
        read(model, reader, message("quiero un corte el viernes", OFFERS), **answer)
    assert caught.value.reason == reason


def test_the_probability_is_that_of_the_tokens_that_spell_the_acts(model: MeaningReader, reader: Reader) -> None:
    parts = [('{"acts": ', -3.0), ('["book"', -0.1), (', "ask"', -0.1), ("]", -0.1), ("}", -4.0)]
    said = Completion('{"acts": ["book", "ask"]}', tuple(Token(part.encode(), chance) for part, chance in parts))
    assert part_probability(said, "acts") == pytest.approx(0.7408, abs=1e-4)
    assert part_probability(said, "items") is None
    assert part_probability(Completion(said.text), "acts") is None
    for wrote, reason in ((Completion('{"acts": ["book"]}'), "no_logprobs"), (completion(said.text, -0.5), "unsure")):
        with pytest.raises(ModelError, match=reason):
            model.read(message("quiero"), wrote, reader.read(message("quiero")), BACKEND)


# --- settings --------------------------------------------------------------------------------


def test_a_setting_says_which_form_a_model_answers_in(reader: Reader) -> None:
    first = make_model_reader(SALON, reader, ExtractorSettings(_env_file=None))
    second = make_model_reader(SALON, reader, ExtractorSettings(_env_file=None, slm_extractor_schema="extractor_v2"))
    assert type(first) is ModelReader
    assert type(second) is MeaningReader
    assert [one.ask(message("hola")).name for one in (first, second)] == ["extractor_v1", SCHEMA["title"]]
