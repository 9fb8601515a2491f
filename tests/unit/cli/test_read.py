"""`pulpo read`: what it tells of a message."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from cli.commands.read import read
from extractor.meaning.labels import message_from
from extractor.reading.reader import Reader
from tests.unit.extractor.scoring import workspace

WORKSPACES = str(Path(__file__).parents[3] / "k8s/base/workspaces")
NOW = "2026-03-11T10:00"


def run(*arguments: str) -> Any:
    app = typer.Typer()
    app.command()(read)
    return CliRunner().invoke(app, [*arguments, "--workspaces-dir", WORKSPACES, "--at", NOW])


def as_json(*arguments: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(run(*arguments, "--json").output)
    return document


def test_both_forms_are_told() -> None:
    text = run("quiero un corte el viernes a partir de las 17").output
    assert text.startswith("First form\n  intent          book\n")
    assert '\n  slots           {"service_type": "Corte de Cabello", "preferred_date": "2026-03-13"}\n' in text
    assert 'Second form\n  acts            ["book"]\n  days            ["2026-03-13"]\n' in text
    assert "  sure            true" in text
    assert "Words" not in text


def test_a_doubt_is_told_with_its_words_and_what_to_choose_between() -> None:
    text = run("corte el viernes 14").output
    assert "  doubt           days: conflict, 'el viernes 14', between 2026-03-13 and 2026-03-14" in text


def test_the_context_comes_from_a_file_and_from_options(tmp_path: Path) -> None:
    file = tmp_path / "context.json"
    offers = [{"day": "2026-03-12", "time": "10:00"}, {"day": "2026-03-12", "time": "15:00"}]
    file.write_text(json.dumps({"front": "book", "offers": offers}), encoding="utf-8")
    assert as_json("el segundo", "--context", str(file))["second_form"]["refers_to"] == ["offer:2"]
    assert as_json("sí", "--asked", "confirm", "--front", "book")["second_form"]["acts"] == ["confirm"]


def test_why_is_told_with_every_candidate_and_what_became_of_it() -> None:
    text = "con carlos no, con maria. el viernes a partir de las 17, no a las 10, quiero"
    why = as_json(text, "--explain")["explained"]
    assert {"written": "carlos", "read": "carlos", "start": 4, "at": 5} in why["words"]
    edges = {(edge["words"], edge["constraint"]): edge for edge in why["edges"]}
    assert edges["a partir de las 17", ">=17:00"]["chosen"]
    assert edges["a partir de las 17", ">=17:00"]["rule"] == "es:from_hour"
    assert not edges["de las 17", "17:00"]["chosen"]
    assert edges["a partir de las 17", ">=17:00"]["gain"] > edges["de las 17", "17:00"]["gain"]
    values = {one["value"]: one for one in why["values"]}
    assert (values["Carlos"]["role"], values["María"]["role"]) == ("refused", "wanted")
    assert (values["Carlos"]["in_slots"], values["María"]["in_slots"]) == (False, True)
    assert (values[">=17:00"]["in_slots"], values[">=17:00"]["in_meaning"]) == (False, True)
    assert {"acts", "cues"} <= {one["group"] for one in why["phrases"]}


def test_the_gains_of_what_is_chosen_are_what_the_reading_explains() -> None:
    text = "corte el lunes 14 o el martes"
    edges = as_json(text, "--explain")["explained"]["edges"]
    message = message_from(text, datetime.fromisoformat(f"{NOW}-03:00"), {})
    found = Reader(workspace()).look(message).times.found
    assert sum(edge["chosen"] for edge in edges) == len(found.edges)
    assert sum(edge["gain"] for edge in edges if edge["chosen"]) == pytest.approx(found.explained)


def test_what_identifies_an_appointment_is_told_apart() -> None:
    why = as_json("tengo turno el viernes y lo quiero pasar al lunes", "--explain")["explained"]
    roles = {one["value"]: one["role"] for one in why["values"]}
    assert roles == {"2026-03-13": "of an appointment that exists", "2026-03-16": "wanted"}


def test_data_are_masked_in_the_line_and_told_apart() -> None:
    text = run("soy Ana Ruiz, ana@mail.com", "--explain").output
    assert "  client_email    ana@mail.com" in text
    assert "ana@mail.com" not in text.split("Line ")[1].split("\n")[0]


def test_cues_are_told_with_what_they_add_to_intents() -> None:
    why = as_json("cuanto sale el corte?", "--explain")["explained"]
    assert any(one["group"] == "intent" and one["adds"].get("info_prices") for one in why["phrases"])
    assert why["scores"]["info_prices"] > 0


def test_a_text_that_is_too_much_to_read_is_not_explained() -> None:
    document = as_json("t1" * 2048, "--explain")
    assert "explained" not in document
    assert document["second_form"]["doubts"][0]["reason"] == "over_budget"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--asked", "shoe_size"), "context.asked: expected one of"),
        (("--front", "ask"), "context.front: expected one of"),
        (("--workspace", "nadie"), "expected a manifest of workspace 'nadie'"),
        (("--context", "none.json"), "none.json: expected a readable JSON file"),
        (("--at", "mañana"), "--at: expected a time such as"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_status_2(arguments: tuple[str, str], expected: str) -> None:
    app = typer.Typer()
    app.command()(read)
    result = CliRunner().invoke(app, ["hola", "--workspaces-dir", WORKSPACES, *arguments])
    assert result.exit_code == 2
    assert result.stderr.startswith("pulpo read: ")
    assert expected in result.stderr
