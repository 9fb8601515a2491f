from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.intent.features import SIZE, featurise
from extractor.intent.intent_model import WEIGHTS, Head, IntentModel
from extractor.intent.intent_text import MAX_CHARS, Lexicon, tokens_of
from extractor.intent.statistical import shared_model
from training.evaluate import calibration_error, check_cases
from training.templates import INTENTS, TOPICS

HOSTILE = (
    "", " ", "\0", "\n" * 5000, "a" * 20_000, "1 " * 5000, "@" * 5000, "🙏" * 3000,
    "a.b@" * 2000, "zalgo" + "\u0301" * 4000,
    "\ud800", "ﷺ" * 3000, "pb-" * 2000, "'; drop table turnos; --", "مرحبا أريد موعدا",
    "[|]{hi}", "las " * 2000, "\u202e hola",
    "w." * 4000, "- -" * 3000, "1-1-" * 2000, "arroba " * 1000,
)  # fmt: skip
SALON = Lexicon(["corte de pelo", "corte", "uñas", "color"], ["masajes"], ["Sofía"])


@pytest.fixture(scope="module")
def model() -> IntentModel:
    return shared_model()


def test_the_weights_are_small() -> None:
    assert WEIGHTS.stat().st_size < 4_000_000


def test_the_model_knows_every_intent_and_topic(model: IntentModel) -> None:
    seen = model.predict("hola")
    assert tuple(seen.intents) == INTENTS
    assert tuple(seen.topics) == TOPICS


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_probabilities_sum_to_one_on_hostile_text(model: IntentModel, text: str) -> None:
    seen = model.predict(text, "preferred_time", "book", SALON)
    for chances in (seen.intents, seen.topics):
        assert sum(chances.values()) == pytest.approx(1)
        assert all(0 <= chance <= 1 for chance in chances.values())


@settings(max_examples=200)
@given(
    st.text(max_size=300), st.sampled_from(["", "client_name", "nonsense"]), st.sampled_from(["", "book", "nonsense"])
)
def test_probabilities_sum_to_one_on_any_text(text: str, asked: str, active: str) -> None:
    seen = shared_model().predict(text, asked, active)
    assert sum(seen.intents.values()) == pytest.approx(1)
    assert seen.confidence == max(seen.intents.values())


def test_features_of_a_long_text_grow_no_further(model: IntentModel) -> None:
    assert featurise("hola quiero turno " * 2000)[0] == featurise(("hola quiero turno " * 2000)[:MAX_CHARS])[0]


def test_features_are_the_same_in_every_process() -> None:
    places, values = featurise("Hola! quiero un TURNO", "", "book")
    assert places[:4] == featurise("hola quiero un turno", "", "book")[0][:4] == [38218, 8484, 6488, 22210]
    assert len(places) == len(values)
    assert all(0 <= place < SIZE for place in places)


def test_the_context_changes_the_features() -> None:
    assert featurise("a las 4") != featurise("a las 4", "preferred_time", "book")


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Holaaa, quiero corte de pelo con SOFIA", "hola quiero zsvc con zstaff"),
        ("el viernes 13 a las 4 y media", "el zday a las ztime"),
        ("juan@gmail.com y 11 5555-1234", "zemail y zphone"),
        ("hacen masajes?", "hacen znosvc ?"),
        ("PB-A1B2C3 pasalo al 16/10 15:30", "zid pasalo al zdate ztime"),
        ("q onda xfa", "que onda porfavor"),
        ("unos colores y cortecitos", "unos zsvc y zsvc"),
    ],
)
def test_what_is_particular_becomes_a_token(text: str, tokens: str) -> None:
    assert " ".join(tokens_of(text, SALON)) == tokens


def test_accuracy_and_calibration_on_the_check_messages(model: IntentModel) -> None:
    cases = check_cases()
    seen = [model.predict(case.text, case.asked_slot, case.active_intent, case.lexicon) for case in cases]
    hits = [prediction.intent in case.right for prediction, case in zip(seen, cases, strict=True)]
    assert np.mean(hits) >= 0.95
    assert calibration_error([prediction.confidence for prediction in seen], hits) <= 0.06


@pytest.mark.parametrize(
    ("text", "topic"),
    [("quiero hablar con una persona", "human"), ("donde quedan?", "address"), ("voy 10 minutos tarde", "late")],
)
def test_topics_are_read(model: IntentModel, text: str, topic: str) -> None:
    assert model.predict(text).topic == topic


def test_weights_of_another_size_are_refused() -> None:
    heads = (Head(("a",), slice(0, 1), 1.0), Head(("b",), slice(1, 2), 1.0))
    with pytest.raises(ValueError, match=f"expected weights of {SIZE} rows"):
        IntentModel(np.zeros((4, 2), np.float32), np.zeros(2, np.float32), heads, "x")


def test_a_file_that_holds_no_weights_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "intent.npz"
    file.write_text("no", encoding="ascii")
    with pytest.raises(ValueError, match="pickle"):
        IntentModel.load(file)
