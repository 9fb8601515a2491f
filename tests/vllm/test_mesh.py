"""The whole mesh beside the real engine, as `pulpo up --slm cpu` starts them: signed webhooks in, engine killed."""

import json
import os
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest
import yaml

from cli.local.processes import free_ports
from tests.mesh.tools.harness import VET, Mesh, running_mesh, until
from tests.vllm.conftest import OURS, PROGRAM, START_S, TINY, TINY_FLAGS, program

pytestmark = [pytest.mark.timeout(1800), pytest.mark.skipif(not os.environ.get(PROGRAM), reason="no engine")]
TEXTS = (
    "hola",
    "cuánto sale un corte?",
    "a qué hora abren el sábado?",
    "quiero turno para cortarme mañana a las {hour} con sofi",
    "soy Leo Paz",
    "leo{number}@test.com",
    "mejor el viernes a las 4",
    "quiero cancelar mi turno",
    "no, dejá",
    "gracias genia",
)
TURN_S = 13
"""Within which a turn must be answered."""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our model, or while there is none the tiny one with what it takes to serve it."""
    if (OURS / "model.safetensors").is_file():
        return OURS
    folder = tmp_path_factory.mktemp("model") / "tiny"
    shutil.copytree(TINY, folder)
    serving = {"served_model_name": "tiny", "engine_flags": [*TINY_FLAGS], "environment": {"VLLM_CPU_KVCACHE_SPACE": 1}}
    (folder / "serving.yaml").write_text(yaml.safe_dump(serving), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def mesh(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    """The mesh and its engine. The time-outs are those of a slow machine that does other things, too."""
    settings = {
        "PULPO_VLLM": str(Path(program()).absolute()),
        "PULPO_VLLM_PORT": str(free_ports(1)[0]),
        "SLM_EXTRACTOR_TIMEOUT_MS": "8000",
        "SLM_CONFIDENCE_THRESHOLD": "0",
        "PULPO_EXTRACT_S": "9",
        "PULPO_TURN_S": str(TURN_S),
    }
    data = tmp_path_factory.mktemp("mesh")
    with running_mesh(data, "--slm", "cpu", "--slm-model", str(model), **settings) as running:
        yield running


def sources(mesh: Mesh) -> list[str]:
    """Who read each message so far."""
    lines = [json.loads(line) for line in mesh.log("gateway").splitlines() if line.startswith("{")]
    return [line["source"] for line in lines if line.get("event") == "turn"]


def is_healthy(mesh: Mesh) -> bool:
    """Whether the engine is."""
    with suppress(httpx2.HTTPError):
        url = f"http://127.0.0.1:{mesh.environment['PULPO_VLLM_PORT']}/health"
        return httpx2.get(url, timeout=5).status_code == 200
    return False


def wait_for_model(mesh: Mesh, new_customer: Callable[[], str]) -> float:
    """Writes until the model reads; returns seconds since the engine was healthy."""
    until(lambda: is_healthy(mesh), "the engine is healthy", START_S)
    began = time.monotonic()

    def reads() -> bool:
        mesh.say(new_customer(), "hola")
        return sources(mesh)[-1] == "slm"

    until(reads, "the model reads", START_S)
    return time.monotonic() - began


def talk(mesh: Mesh, new_customer: Callable[[], str], turns: int) -> list[float]:
    """So many turns of conversations with both businesses, all answered; the seconds that each took."""
    took = []
    for at in range(turns):
        if at % len(TEXTS) == 0:
            customer = new_customer()
        text = TEXTS[at % len(TEXTS)].format(hour=9 + at // len(TEXTS), number=at)
        began = time.monotonic()
        to = {"to": VET} if at % (2 * len(TEXTS)) >= len(TEXTS) else {}
        assert mesh.say(customer, text, **to)
        took.append(time.monotonic() - began)
    return took


def test_a_hundred_turns_are_read_by_the_model(
    mesh: Mesh, new_customer: Callable[[], str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert mesh.say(new_customer(), "hola"), "the mesh answers before the engine is up"
    waited = wait_for_model(mesh, new_customer)
    before = len(sources(mesh))
    took = talk(mesh, new_customer, 100)
    who = Counter(sources(mesh)[before:])
    with capsys.disabled():
        print(f"\nfirst reading {waited:.1f} s after /health; {dict(who)}; slowest turn {max(took):.2f} s")  # noqa: T201 - a run's figures
    assert sum(who.values()) == 100
    assert who["slm"] >= 60, "time-outs of a machine that is short of time are read by code"


def test_an_engine_that_is_killed_costs_no_answer_and_is_used_again(
    mesh: Mesh, new_customer: Callable[[], str], capsys: pytest.CaptureFixture[str]
) -> None:
    wait_for_model(mesh, new_customer)
    talk(mesh, new_customer, 5)
    os.killpg(mesh.pid("vllm"), signal.SIGKILL)
    before = len(sources(mesh))
    took = talk(mesh, new_customer, 100)
    who = Counter(sources(mesh)[before:])
    back = wait_for_model(mesh, new_customer)
    with capsys.disabled():
        late = sum(seconds > TURN_S for seconds in took)
        print(f"\nwhile it was dead: {dict(who)}, {late} of 100 turns later than {TURN_S} s, slowest {max(took):.2f} s")  # noqa: T201
        print(f"first reading {back:.1f} s after /health")  # noqa: T201
    assert sum(who.values()) == 100
    assert who["cpu"] > 0
