"""`pulpo eval models` with a stand-in for a model's server: what is asked, kept and counted."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import app
from tests.model_stub import Answer, ModelStub, chat, model_server

ROWS = (
    {"id": "a", "text": "quiero un corte mañana a las 17", "intent": "book",
     "slots": {"service_type": "Corte de Cabello", "preferred_date": "2026-03-12", "preferred_time": "17:00"}},
    {"id": "b", "text": "quiero un corte el viernes 35", "intent": "book",
     "slots": {"service_type": "Corte de Cabello", "preferred_date": "2026-03-13"}},
    {"id": "c", "text": "hola", "intent": "greeting", "slots": {}},
)  # fmt: skip
WROTE = {
    "quiero un corte mañana a las 17": "book;s1 w mañana a las 17",
    "quiero un corte el viernes 35": "book;s1 w el viernes",
    "hola": "ask price",
}


def answering(body: dict[str, Any]) -> Answer:
    """What the model writes about each message."""
    told = body["messages"][1]["content"].rsplit("Mensaje: ", 1)[1]
    return chat(json.dumps(WROTE[json.loads(told)], ensure_ascii=False))


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SLM_EXTRACTOR_SCHEMA", "extractor_v2_short")
    file = tmp_path / "few.jsonl"
    common = {"reference_time": "2026-03-11T10:00:00-03:00"}
    file.write_text("\n".join(json.dumps(common | row) for row in ROWS), encoding="utf-8")
    return file


def measure(file: Path, server: ModelStub, *words: str, status: int = 0) -> str:
    where = ["--url", server.url, "--model", "tiny", "--cache", str(file.parent / "kept")]
    done = CliRunner().invoke(app, ["eval", "models", f"few={file}", *where, *words])
    assert done.exit_code == status, done.output
    return done.output


def rows_of(text: str) -> dict[str, dict[str, Any]]:
    return {row["who"]: row for row in json.loads(text)}


def test_the_three_readers_are_told_beside_one_another(file: Path) -> None:
    with model_server(answering) as server:
        told = rows_of(measure(file, server, "--json"))
    assert [told[who]["messages"] for who in ("code", "model", "both")] == [3, 3, 3]
    assert (told["code"]["intent"], told["code"]["whole"]) == (1.0, 1.0)
    assert told["model"]["intent"] == pytest.approx(2 / 3)
    assert told["model"]["usable"] == 1.0
    assert told["both"]["asked"] == pytest.approx(1 / 3)
    assert told["both"]["whole"] == 1.0
    assert len(server.requests) == 3  # the unsure one once: its answer is kept


def test_an_evaluation_that_was_stopped_goes_on_with_what_was_answered(file: Path) -> None:
    def broken(body: dict[str, Any]) -> Answer:
        return answering(body) if "17" in body["messages"][1]["content"] else Answer(503)

    with model_server(broken) as server:
        assert "gives no answer (busy)" in measure(file, server, status=1)
        server.behave = answering
        server.requests.clear()
        whole = measure(file, server, "--json")
        assert len(server.requests) == 2
        server.requests.clear()
        assert measure(file, server, "--json") == whole
        assert not server.requests
    assert "not_asked" not in whole


def test_without_a_server_what_is_kept_is_counted(file: Path) -> None:
    with model_server(answering) as server:
        told = measure(file, server, "--offline")
        assert not server.requests
    lines = told.strip().splitlines()
    assert lines[2].startswith("| few | code | 3 | 1.000 | 1.000 | 1.000 |")
    assert lines[3].startswith("| few | model | 0 |  |")


def test_an_answer_that_is_no_reading_is_counted_and_code_stays(file: Path) -> None:
    with model_server(lambda _: chat('"book;s99"')) as server:
        told = rows_of(measure(file, server, "--json"))
    assert told["model"]["usable"] == 0.0
    assert told["model"]["intent"] == 0.0
    assert told["both"]["whole"] == 1.0


def test_a_sample_is_the_same_each_time_and_part_of_a_larger_one(file: Path) -> None:
    with model_server(answering) as server:
        measure(file, server, "--sample", "1")
        first = [body["messages"][1]["content"] for body in server.requests]
        server.requests.clear()
        measure(file, server, "--sample", "1")
        assert not server.requests
        measure(file, server, "--sample", "2")
        assert len(server.requests) <= 1
    assert len(first) <= 2


def test_no_model_is_one_line(file: Path) -> None:
    done = CliRunner().invoke(app, ["eval", "models", f"few={file}"], env={"SLM_EXTRACTOR_URL": ""})
    assert done.exit_code == 1
    assert "needs SLM_EXTRACTOR_URL" in done.output
