"""A model's answer in the short form: schema, prompt, and what code makes of it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from extractor.reading.reader import Reader
from extractor.settings import ExtractorSettings
from extractor.slm.model_reader import Sureness
from extractor.slm.prompt import SHORT, fixed_prompt, read_file
from extractor.slm.short_form import as_document, item_spans, short_schema
from extractor.slm.short_reader import ShortReader
from extractor.wiring import make_model_reader
from runtime.models.backend import Completion, ModelError, Token
from tests.unit.extractor.test_slm import BACKEND, SALON, completion
from tests.unit.extractor.test_slm_meaning import OFFERS, OWN, label, message
from turn.meaning import ACTS, SUBJECTS

VALIDATOR = Draft202012Validator(short_schema(SALON))
SERVICES, STAFF = SALON.service_names, SALON.staff_names


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(SALON)


@pytest.fixture(scope="module")
def model(reader: Reader) -> ShortReader:
    return ShortReader(SALON, reader, Sureness())


def read(model: ShortReader, reader: Reader, text: str, answer: str, **known: Any) -> dict[str, Any]:
    asked = message(text, **known)
    wrote = completion(json.dumps(answer, ensure_ascii=False))
    return label(model.read(asked, wrote, reader.read(asked), BACKEND))


def test_a_typical_message_takes_a_dozen_tokens_of_which_no_key_is_one(model: ShortReader, reader: Reader) -> None:
    answer = "book;s1 p3 w mañana tipo 5"
    assert len(answer) < 30
    told = read(model, reader, "quiero cortarme el pelo mañana tipo 5 con sofi", answer)
    assert told["days"] == ["2026-03-12"]
    assert told["times"] == ["17:00"]
    assert told["items"] == [{"service": SERVICES[0], "staff": [STAFF[2]]}]


@pytest.mark.parametrize(
    ("answer", "document"),
    [
        ("greet", {"acts": ["greet"]}),
        ("greet ask price;s2", {"acts": ["greet", "ask"], "subject": ["price"], "items": [{"service": SERVICES[1]}]}),
        ("book;p0 !p1 w el lunes", {"acts": ["book"], "items": [{"staff": ["any"], "not_staff": [STAFF[0]]}],
                                   "when": ["el lunes"]}),
        ("book;s1 w a las 10;s2 w a las 11;w el sábado;x2+",
         {"acts": ["book"], "items": [{"service": SERVICES[0], "when": ["a las 10"]},
                                      {"service": SERVICES[1], "when": ["a las 11"]}],
          "when": ["el sábado"], "people": {"count": 2, "writer": True}}),
        ("choose give;o2;n leo paz", {"acts": ["choose", "give"], "refers_to": ["offer:2"],
                                      "data": {"name": "leo paz"}}),
        ("change;t1;any", {"acts": ["change"], "refers_to": ["appointment:1", "any"]}),
    ],
)  # fmt: skip
def test_an_answer_says_what_extractor_v2_says(answer: str, document: dict[str, Any]) -> None:
    assert VALIDATOR.is_valid(answer)
    assert as_document(answer, SALON) == document


@pytest.mark.parametrize(
    "answer",
    ["", "price", "book;", "book;s0", f"book;s{len(SERVICES) + 1}", f"book;p{len(STAFF) + 1}", "book;x13", "book;o0",
     "book; s1", "buy", "book;w ", "book;w a\nb", "book;w " + "a" * 61, "book" + ";o1" * 6, "book;n 3"],
)  # fmt: skip
def test_what_names_nothing_of_the_business_or_is_endless_is_refused(answer: str) -> None:
    assert not VALIDATOR.is_valid(answer)


@given(st.from_regex(short_schema(SALON)["pattern"].replace("$", r"\Z"), fullmatch=True))
def test_every_answer_of_the_schema_is_a_document(answer: str) -> None:
    document = as_document(answer, SALON)
    assert document["acts"][0] in ACTS
    assert set(document.get("subject", ())) <= set(SUBJECTS)
    assert all(answer[start:end] for start, end in item_spans(answer))


def test_the_prompt_says_every_word_and_its_examples_keep_to_the_schema(model: ShortReader) -> None:
    prompt = fixed_prompt(SHORT)
    words = prompt.system.replace("\n", " ").replace(".", " ").replace(",", " ").split()
    assert set(ACTS) | set(SUBJECTS) <= set(words)
    for example in read_file(SHORT)["examples"]:
        assert VALIDATOR.is_valid(example["answer"]), example
        text = json.loads(example["turn"].rsplit("Mensaje: ", 1)[1])
        model.parse(json.dumps(example["answer"]), message(text, {**OFFERS, **OWN}))


def test_only_the_end_of_a_prompt_differs_from_message_to_message_and_day_to_day(model: ShortReader) -> None:
    ask = model.ask(message("el segundo", {**OFFERS, **OWN}, active="book"))
    head, _, tail = ask.user.partition("\nTarea: ")
    assert model.ask(message("hola")).user == f'{head}\nMensaje: "hola"'
    assert "2026-03-11" not in ask.user
    assert not any(secret in tail for secret in ("PB-", "Secreta"))
    assert (ask.name, ask.schema) == ("extractor_v2_short", short_schema(SALON))


def test_words_that_the_message_has_not_are_no_reading(model: ShortReader) -> None:
    with pytest.raises(ModelError, match="not_said"):
        model.parse('"book;w el jueves"', message("quiero un turno"))


def test_data_with_a_form_of_their_own_are_by_code(model: ShortReader, reader: Reader) -> None:
    told = read(model, reader, "soy leo paz, leo@ejemplo.com", "give;n leo paz", active="book")
    assert told["data"] == {"name": "Leo Paz", "email": "leo@ejemplo.com"}


def test_confidence_is_that_of_the_acts_alone(model: ShortReader) -> None:
    pieces = [('"', -5.0), ("book", -0.1), (";s", -3.0), ("1", -0.2), ('"', -4.0)]
    wrote = Completion('"book;s1"', tuple(Token(text.encode(), logprob) for text, logprob in pieces))
    said = model.parse(wrote.text, message("quiero un corte"))
    found = model.probability(wrote, said)
    assert found is not None
    assert 0.90 < found < 0.91
    items = model.items_probability(wrote)
    assert items is not None
    assert 0.04 < items < 0.05


def test_it_is_chosen_by_its_name(reader: Reader) -> None:
    settings = ExtractorSettings(_env_file=None, SLM_EXTRACTOR_SCHEMA="extractor_v2_short")
    assert isinstance(make_model_reader(SALON, reader, settings), ShortReader)
    with pytest.raises(ValueError, match="expected extractor_v1"):
        ExtractorSettings(_env_file=None, SLM_EXTRACTOR_SCHEMA="extractor_v2_short", SLM_EXTRACTOR_PROMPT="tuned")
