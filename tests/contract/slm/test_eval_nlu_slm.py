"""`pulpo eval nlu --track slm`: a real HTTP model server behind."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.model_stub import Answer, ModelStub, as_json, chat, model_server
from tests.unit.cli.test_eval_nlu import ROW, run, written

ROWS = [
    {**ROW, "id": "right"},
    {**ROW, "id": "half", "text": "hola", "intent": "greeting", "slots": {}},
    {**ROW, "id": "prose", "text": "gracias", "intent": "chitchat", "slots": {}},
]


def oracle(body: dict[str, Any]) -> Answer:
    """Right about the first message but for its time, wrong about the second, prose to the third."""
    message = body["messages"][1]["content"].rsplit("\n", 1)[-1]
    if "gracias" in message:
        return chat("¡De nada!")
    if "hola" in message:
        return as_json({"intent": "other", "slots": {}})
    return as_json({"intent": "book", "slots": {"service_type": "Corte de Cabello", "preferred_time": "22:00"}})


@pytest.fixture
def stub() -> Iterator[ModelStub]:
    with model_server(oracle) as running:
        yield running


@pytest.fixture
def file(tmp_path: Path) -> str:
    return str(written(tmp_path, *ROWS))


def measured(stub: ModelStub, file: str, *more: str) -> Any:
    named = ["--track", "slm", "--model-url", stub.url, "--model", "tiny", "--json"]
    ended = run(file, *named, *more)
    assert ended.exit_code == 0, ended.output
    return json.loads(ended.stdout)


def test_the_model_alone_and_merged_with_code_are_told_apart(stub: ModelStub, file: str) -> None:
    found = measured(stub, file, "--no-fallback")
    assert found["intent_accuracy"] == pytest.approx(1 / 3)
    assert found["exact_match"] == pytest.approx(1 / 3)  # code's day and time are merged in
    alone = found["model"]["alone"]
    assert alone["exact_match"] == 0
    assert alone["intent_accuracy"] == pytest.approx(1 / 3)
    assert 0 < alone["slots_f1"] < found["slots"]["micro"]["f1"]
    assert found["model"]["schema_valid"] == pytest.approx(2 / 3)
    assert found["model"]["rungs"] == {"ok": 2, "bad_json": 1}
    assert found["model"]["cached_share"] == pytest.approx(600 / 700)
    assert found["model"]["output_tokens"] > 0


def test_with_fallback_code_reads_what_the_model_cannot(stub: ModelStub, file: str) -> None:
    assert measured(stub, file)["intent_accuracy"] == pytest.approx(2 / 3)


def test_messages_at_once_give_the_same_figures(stub: ModelStub, file: str) -> None:
    one, three = measured(stub, file, "--no-fallback"), measured(stub, file, "--no-fallback", "--concurrency", "3")
    assert {**one, "latency_ms": 0, "groups": 0} == {**three, "latency_ms": 0, "groups": 0}


def test_an_answer_that_the_model_is_not_sure_of_counts_without_fallback(stub: ModelStub, file: str) -> None:
    stub.behave = lambda _: as_json({"intent": "greeting", "slots": {}}, logprob=-0.9)
    assert measured(stub, file)["model"]["rungs"] == {"unsure": 3}
    assert measured(stub, file, "--no-fallback")["model"]["rungs"] == {"ok": 3}


def test_the_figures_are_in_the_text_too(stub: ModelStub, file: str) -> None:
    ended = run(file, "--track", "slm", "--model-url", stub.url, "--model", "tiny")
    assert "the model alone: intent 0.3333" in ended.stdout
    assert "answers: ok 2, bad_json 1" in ended.stdout


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--track", "slm"], "SLM_EXTRACTOR_URL"),
        (["--track", "slm", "--model-url", "http://127.0.0.1:1/v1"], "SLM_EXTRACTOR_MODEL"),
        (["--track", "slm", "--model-url", "vllm", "--model", "m"], "expected a URL"),
        (["--track", "slm", "--model-url", "http://127.0.0.1:1/v1", "--model", "m"], "no answer (unreachable)"),
        (["--track", "other"], "--track"),
    ],
)
def test_what_cannot_be_asked_is_one_line(file: str, options: list[str], said: str) -> None:
    ended = run(file, *options)
    assert ended.exit_code == 2
    assert said in ended.output
