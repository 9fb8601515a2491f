"""What a model is asked about a reply, and when its wording is used."""

import json
from typing import Any

import pytest

from nlg.settings import NlgSettings
from nlg.slm.faithful import is_faithful
from nlg.slm.rephrasing import PLACEHOLDER, Rephraser, Wording, fixed_prompt, read_file
from nlg.turn import ReplyTurn
from nlg.writing.phrases import Phrases
from runtime.models.backend import ModelError
from runtime.settings import load
from tests.unit.nlg.builders import NOW, PHRASES, SALON, VET
from turn.meaning import Item, KnownAppointment, Meaning
from turn.model import ConversationState, Observation, Slots
from turn.tasks import Dialogue, Task, Written
from turn.vocabulary import Intent, Status
from workspace.registry import Registry

SPANISH = PHRASES["es-AR"]
REPHRASER = Rephraser(Registry([SALON, VET]), PHRASES.values())
BOOKED = "¡Listo, Juan! Tu turno quedó reservado. Tu código es PB-AAAAAA."
TURN = ReplyTurn(
    Intent.BOOK, NOW, observations=(Observation("book_appointment", Status.OK, {"client_name": "Juan Pérez"}),)
)


def wording(message: str = BOOKED, turn: ReplyTurn = TURN, phrases: Phrases = SPANISH) -> Wording:
    made = REPHRASER.wording(message, turn, SALON, phrases)
    assert made is not None
    return made


def test_every_example_says_the_same_as_its_message() -> None:
    examples = read_file()["examples"]
    assert {one["language"] for one in examples} <= set(PHRASES)
    for one in examples:
        assert is_faithful(one["answer"]["message"], one["message"], PHRASES[one["language"]].free), one
        assert one["message"] in fixed_prompt()


def test_the_customers_name_is_not_told_and_is_put_back() -> None:
    ask = REPHRASER.ask(wording())
    assert "Juan" not in ask.user
    assert PLACEHOLDER in ask.user
    said = json.dumps({"message": "¡Listo, $client_name! Ya quedó reservado. Código PB-AAAAAA."})
    assert REPHRASER.parse(said, wording()) == "¡Listo, Juan! Ya quedó reservado. Código PB-AAAAAA."


def test_a_name_is_looked_for_in_what_is_known_too() -> None:
    turn = ReplyTurn(Intent.BOOK, NOW, state=ConversationState(slots=Slots(client_name="Ana Paz")))
    assert wording("¿Te sirve, Ana?", turn).client == "Ana"
    assert wording("Mañana abrimos.", turn).client == ""


ANA = KnownAppointment("PB-AAAAAA", "Barba", "2026-03-12", "15:00", "Carlos", "Ana Paz")
SECOND_FORM = ReplyTurn(
    Intent.BOOK,
    NOW,
    observations=(Observation("book_appointments", Status.OK, {"appointments": [{"client_name": "Elsa Bruno"}]}),),
    state=ConversationState(
        dialogue=Dialogue(
            (Task("book", items=(Item("Barba", who="Bautista"),)),), (Written("book", "", None, ANA),), None, "Ana Paz"
        )
    ),
    meaning=Meaning(),
)


@pytest.mark.parametrize(
    "message",
    [
        "¡Listo! Quedó reservado para Elsa Bruno: Barba el jueves 12/03 a las 15:00.",
        "Listo, cambié tu turno. Quedó a nombre de Ana Paz.",
        "¿Tu e-mail es ana@example.com?",
        "El e-mail quedó como a***l@gmail.com.",
        "¿Tu teléfono es +54 9 11 5555 7001?",
        "Hay lugar: Barba para Bautista y para Ana.",
    ],
)
def test_a_message_that_tells_more_than_a_first_name_is_shown_to_no_model(message: str) -> None:
    assert REPHRASER.wording(message, SECOND_FORM, SALON, SPANISH) is None


@pytest.mark.parametrize(
    ("message", "client"),
    [
        ("¡Listo, Elsa! Quedó reservado: Barba el jueves 12/03 a las 15:00 con Carlos.", "Elsa"),
        ("¡Listo, Ana! Quedó reservado: Barba el jueves 12/03 a las 15:00 con Carlos.", "Ana"),
        ("¿Qué día y a qué hora querés Barba?", ""),
    ],
)
def test_a_first_name_of_the_second_form_is_not_told_either(message: str, client: str) -> None:
    asked = wording(message, SECOND_FORM)
    assert asked.client == client
    assert not client or client not in REPHRASER.ask(asked).user


def test_lists_and_languages_without_free_words_are_not_asked_about() -> None:
    assert REPHRASER.wording("Tus turnos:\n1) Barba", TURN, SALON, SPANISH) is None
    bare = Phrases("xx", SPANISH.variants, SPANISH.words)
    assert Rephraser(Registry([SALON]), [bare]).wording(BOOKED, TURN, SALON, bare) is None


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("¡Listo, Juan!", "bad_json"),
        ('{"message": ""}', "schema"),
        ('{"message": "hola", "next_state": "DONE"}', "schema"),
        ('{"message": 5}', "schema"),
        (json.dumps({"message": "a" * 200}), "schema"),
        (json.dumps({"message": "uno\ndos"}), "schema"),
        (json.dumps({"message": BOOKED.replace("AAAAAA", "BBBBBB")}), "unfaithful"),
        (json.dumps({"message": BOOKED.replace("Juan", "$staff")}), "unfaithful"),
        (json.dumps({"message": BOOKED.replace("Juan", "$client_name $client_name")}), "unfaithful"),
    ],
)
def test_what_cannot_be_used_says_why(answer: str, reason: str) -> None:
    with pytest.raises(ModelError, match=f"^{reason}$"):
        REPHRASER.parse(answer, wording())


def test_without_settings_there_is_no_model() -> None:
    assert NlgSettings(_env_file=None).backends() == ()


def test_the_model_is_the_one_that_is_named() -> None:
    url = "http://vllm:8000/v1/"
    (one,) = NlgSettings(_env_file=None, slm_response_url=url, slm_response_model="m").backends()
    assert (one.rung, one.url, one.model, one.timeout_s) == ("slm", "http://vllm:8000/v1", "m", 0.15)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"SLM_RESPONSE_URL": "vllm:8000"}, "SLM_RESPONSE_URL"),
    ({"SLM_RESPONSE_URL": "http://vllm:8000/v1"}, "SLM_RESPONSE_MODEL"),
    ({"SLM_RESPONSE_TIMEOUT_MS": "0"}, "SLM_RESPONSE_TIMEOUT_MS"),
]


@pytest.mark.parametrize(("environment", "named"), WRONG)
def test_wrong_settings_stop_the_start_up_and_are_named(
    environment: dict[str, str], named: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        load(NlgSettings)
    assert f"settings: {named}: " in capsys.readouterr().err
