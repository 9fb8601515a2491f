"""The figures of a live evaluation, its page, and the model that may play its customers."""

import json

import httpx2
import pytest

from cli.evaluation.live.customer import wishes_of
from cli.evaluation.live.model_customer import ModelCustomer, ModelError
from cli.evaluation.live.page import page
from cli.evaluation.live.report import Result, render, summarise
from cli.evaluation.live.score import Run, judge
from tests.unit.cli.live.making import row, task, turn

BOOKED = "¡Listo! Quedó reservado tu turno el jueves 12/03 a las 15:00. Código PB-AAAAAA."


def results() -> list[Result]:
    well, bad = task(id="well"), task(id="bad", group="hard <b>", variety="en")
    good = Run(well, 0, bases=[()], turns=[turn("hola", BOOKED, (row(),))], over="done")
    lost = Run(bad, 1, bases=[()], turns=[turn("hola", "¿Qué?"), turn("hola", "¿Qué?")], over="patience")
    fine = Run(bad, 0, bases=[()], turns=good.turns, over="done")
    return [(well, [(good, judge(good))]), (bad, [(fine, judge(fine)), (lost, judge(lost))])]


def test_a_task_passes_only_when_all_of_its_seeds_reached() -> None:
    summary = summarise(results(), 2)
    assert (summary["runs"], summary["reached"], summary["pass_2"], summary["clean_2"]) == (3, 2 / 3, 0.5, 0.5)
    assert (summary["median_messages_to_booking"], summary["repeated"]) == (1, 1)
    assert summary["by"]["group"]["hard <b>"] == {"runs": 2, "reached": 0.5, "clean": 0.5}
    assert [(failure["id"], failure["seed"]) for failure in summary["failures"]] == [("bad", 1)]


def test_the_text_has_shares_problems_and_the_transcript() -> None:
    text = render(summarise(results(), 2))
    assert "pass^2 0.5000" in text
    assert "NOT REACHED bad (hard <b>, seed 1)" in text
    assert "- the same reply twice: '¿Qué?'" in text
    assert "    › hola" in text


def test_the_page_escapes_what_it_shows() -> None:
    html = page(summarise(results(), 2), "own.jsonl")
    assert "hard &lt;b&gt;" in html
    assert "66.7 %" in html
    assert "<svg" in html


async def test_a_model_writes_the_customers_next_message_until_it_ends() -> None:
    answers = iter(["mañana a las 3", "END", "", None])
    asked = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(json.loads(request.content))
        text = next(answers)
        if text is None:
            return httpx2.Response(503)
        return httpx2.Response(200, json={"choices": [{"message": {"content": text}}]})

    played = task()
    run = Run(played, 3, turns=[turn("hola", "¿Para qué día?")])
    (wish,) = wishes_of(played)
    model = ModelCustomer("http://model/v1/", "small")
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(answer)) as client:
        assert await model.say(client, run, wish, 3) == "mañana a las 3"
        assert await model.say(client, run, wish, 3) is None
        assert await model.say(client, run, wish, 3) is None
        with pytest.raises(ModelError):
            await model.say(client, run, wish, 3)
    assert (asked[0]["model"], asked[0]["seed"]) == ("small", 3)
    system, first, heard = asked[0]["messages"]
    assert "Corte de Cabello" in system["content"]
    assert "- email: ana@ruiz.com" in system["content"]
    assert [first["role"], heard["role"], heard["content"]] == ["assistant", "user", "¿Para qué día?"]
