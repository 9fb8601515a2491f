"""`pulpo eval reading`: the file, the figures and the command."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from cli.evaluation.command import reading
from cli.evaluation.labelled_file import LabelledFileError
from cli.evaluation.reading_figures import PARTS, ReadingPair, is_same, summarise
from cli.evaluation.reading_file import read_readings
from cli.evaluation.reading_report import render

ROOT = Path(__file__).parents[3]
WORKSPACES = str(ROOT / "k8s/base/workspaces")
ROW: dict[str, Any] = {
    "id": "r1",
    "text": "quiero un corte el viernes a partir de las 17",
    "reference_time": "2026-03-11T10:00:00-03:00",
    "reading": {
        "acts": ["book"],
        "days": ["2026-03-13"],
        "times": [">=17:00"],
        "items": [{"service": "Corte de Cabello"}],
        "sure": True,
    },
}


def written(folder: Path, *rows: dict[str, Any]) -> Path:
    file = folder / "readings.jsonl"
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return file


def run(*arguments: str) -> Any:
    app = typer.Typer()
    app.command()(reading)
    return CliRunner().invoke(app, [*arguments, "--workspaces-dir", WORKSPACES])


def labelled(**reading: Any) -> dict[str, Any]:
    return {"acts": ["book"], "sure": True, **reading}


def pair(wanted: dict[str, Any], got: dict[str, Any], language: str = "") -> ReadingPair:
    return ReadingPair("r1", "quiero", language, labelled(**wanted), labelled(**got))


# --- the file --------------------------------------------------------------------------------


def test_a_line_is_a_message_in_its_context(tmp_path: Path) -> None:
    offers = [{"day": "2026-03-12", "time": "10:00"}]
    context = {"asked": "confirm", "front": "change", "offers": offers}
    (row,) = read_readings(written(tmp_path, {**ROW, "context": context, "workspace": "w", "language": "es"}))
    assert (row.message.asked_slot, row.message.active_intent) == ("confirm", "reschedule")
    assert row.message.known.offers[0].time == "10:00"
    assert (row.id, row.workspace, row.language) == ("r1", "w", "es")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"text": 3}, r"\$\.text: expected another value \(rule type\)"),
        ({"reference_time": "mañana"}, "reference_time: expected a time with its offset"),
        ({"reading": {"acts": ["buy"], "sure": True}}, r"\$\.reading\.acts\[0\]: .*rule enum"),
        ({"reading": {"acts": []}}, r"\$\.reading: .*rule required"),
        ({"reading": {"acts": [], "sure": True, "days": ["friday"]}}, r"\$\.reading\.days\[0\]: .*rule pattern"),
        ({"reading": {"acts": [], "sure": True, "mood": 1}}, r"\$\.reading: .*rule additionalProperties"),
        ({"context": {"asked": "shoe_size"}}, "context.asked: expected one of service_type"),
        ({"context": {"front": "give"}}, "context.front: expected one of book, change, cancel"),
        ({"context": {"offers": [{"at": "10:00"}]}}, "context: expected offers with day and time"),
        ({"context": {"done": [{"id": "PB-AAAAAA"}]}}, "context: expected offers with day and time"),
    ],
)
def test_what_is_wrong_in_a_line_is_said(tmp_path: Path, change: dict[str, Any], expected: str) -> None:
    with pytest.raises(LabelledFileError, match=rf"readings\.jsonl:1: {expected}"):
        read_readings(written(tmp_path, {**ROW, **change}))


@pytest.mark.parametrize("name", ["reading_dev", "reading_own"])
def test_our_own_files_are_of_the_form(name: str) -> None:
    assert len(read_readings(ROOT / f"tests/unit/extractor/data/{name}.jsonl")) > 30


# --- figures ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "got", "wanted", "same"),
    [
        ("acts", ["ask", "book"], ["book", "ask"], False),
        ("days", ["b", "a"], ["a", "b"], True),
        ("days", ["a"], ["a", "a"], False),
        ("subject", "price", ["price"], True),
        ("subject", ["price", "hours"], ["hours", "price"], True),
        ("data", {"name": "Jose Nunez"}, {"name": "José Núñez"}, True),
        ("data", {"name": "Jose"}, {"name": "Jose", "email": "a@b.co"}, False),
        ("items", [{"service": "Barba"}, {"service": "Corte"}], [{"service": "Corte"}, {"service": "barba"}], True),
        ("items", [{"service": "Barba", "staff": ["María", "Ana"]}], [{"service": "Barba", "staff": ["Ana", "Maria"]}],
         True),
        ("items", [{"service": "Barba", "time": ["10:00"]}], [{"service": "Barba", "time": "10:00"}], True),
        ("items", [{"service": "Corte"}], [{"service": "Corte"}, {"service": "Corte"}], False),
        ("people", {"count": 2, "writer": True}, {"count": 2, "writer": False}, False),
        ("times", None, None, True),
        ("times", None, ["10:00"], False),
    ],
)  # fmt: skip
def test_parts_are_compared_exactly_but_for_order_and_accents(part: str, got: Any, wanted: Any, same: bool) -> None:
    assert is_same(part, got, wanted) == same


def test_each_part_is_scored_and_the_whole_needs_all_of_them() -> None:
    pairs = [
        pair({"days": ["a"], "times": ["x"]}, {"days": ["a"], "times": ["x"]}),
        pair({"days": ["a"], "times": ["x"]}, {"days": ["b"]}),
        pair({}, {"times": ["x"]}),
        pair({}, {"sure": False}),
    ]
    figures = summarise(pairs)
    assert (figures["readings"], figures["whole"], figures["sure_is_right"]) == (4, 1, 3)
    assert figures["parts"]["days"] == {"right": 1, "found": 2, "there": 2, "f1": 0.5}
    assert figures["parts"]["times"] == {"right": 1, "found": 2, "there": 2, "f1": 0.5}
    assert figures["parts"]["acts"]["f1"] == 1.0
    assert figures["all_parts"] == {"right": 6, "found": 8, "there": 8, "f1": 0.75}
    assert [mistake["wrong"] for mistake in figures["mistakes"]] == [("days", "times"), ("times",), ("sure",)]


def test_it_is_said_how_often_wrong_values_and_right_ones_are_unsure() -> None:
    pairs = [
        pair({"days": ["a"]}, {"days": ["b"], "sure": False}),
        pair({"days": ["a"]}, {"days": ["b"]}),
        pair({"days": ["a"]}, {"days": ["a"], "sure": False}),
        pair({"days": ["a"]}, {"days": ["a"]}),
        pair({"acts": ["ask"]}, {}),
        pair({"sure": False}, {"sure": False}),
    ]
    figures = summarise(pairs)
    assert figures["wrong_in_a_value"] == {"readings": 2, "unsure": 1}
    assert figures["right_in_all_values"] == {"readings": 3, "unsure": 1}


def test_it_is_said_how_often_the_first_form_is_the_readers_own() -> None:
    pairs = [
        replace(pair({}, {}), same_intent=intent, same_slots=slots)
        for intent, slots in ((True, True), (True, False), (False, True))
    ]
    assert summarise(pairs)["first_form"] == {"same_intent": 2, "same": 1}
    assert "intent 0.6667 (2 of 3), intent and slots 0.3333 (1 of 3)" in render(summarise(pairs))


def test_languages_have_figures_of_their_own_where_lines_name_them() -> None:
    figures = summarise([pair({}, {}, "pt"), pair({"days": ["a"]}, {}, "es"), pair({}, {})])
    assert {name: (one["readings"], one["whole"]) for name, one in figures["languages"].items()} == {
        "es": (1, 0),
        "pt": (1, 1),
    }
    assert "language pt" in render(figures)


# --- the command -----------------------------------------------------------------------------


def test_the_command_tells_every_part_and_what_is_wrong(tmp_path: Path) -> None:
    wrong = {**ROW, "id": "r2", "reading": {**ROW["reading"], "days": ["2026-03-20"]}}
    file = str(written(tmp_path, ROW, wrong))
    text = run(file, "--verbose").output
    assert "readings 2   whole 0.5000 (1 of 2)" in text
    assert "unsure of those wrong in a value 0.0000 (0 of 1), of those right and labelled sure 0.0000 (0 of 1)" in text
    assert all(f"\n{part} " in text for part in PARTS)
    assert f'r2: {ROW["text"]}\n  days: read ["2026-03-13"], labelled ["2026-03-20"]' in text
    assert "r2" not in run(file).output


def test_the_command_prints_json_and_reads_the_workspace_that_a_line_names(tmp_path: Path) -> None:
    vet = {**ROW, "text": "hola", "workspace": "veterinaria-cordillera", "reading": {"acts": ["greet"], "sure": True}}
    figures = json.loads(run(str(written(tmp_path, ROW, vet)), "--json").output)
    assert (figures["readings"], figures["whole"]) == (2, 2)
    assert figures["first_form"] == {"same_intent": 2, "same": 2}


def test_an_unknown_workspace_or_a_bad_file_ends_with_status_2(tmp_path: Path) -> None:
    file = str(written(tmp_path, ROW))
    for arguments in ([file, "--workspace", "nadie"], [str(tmp_path / "none.jsonl")]):
        result = run(*arguments)
        assert result.exit_code == 2
        assert result.stderr.startswith("pulpo eval reading: ")
