"""The whole mesh on the slm track, with a model server behind it that is killed and comes back."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.mesh.tools.harness import PATIENT, ROOT, Mesh, make_environment, running_mesh, until
from tests.model_oracle import Oracle
from tests.model_stub import HANG, Answer, ModelStub, chat

BOOK = "Reservar brushing el lunes 16/3 a las {hour}, soy Eva eva@test.com"


@pytest.fixture(scope="module")
def engine() -> ModelStub:
    """A model server that is not up yet."""
    return ModelStub(Oracle())


@pytest.fixture(scope="module")
def slm_mesh(engine: ModelStub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    """A mesh that sends every conversation through models."""
    settings = {
        "ENABLE_SLM_PIPELINE": "true",
        "SLM_EXTRACTOR_URL": engine.url,
        "SLM_EXTRACTOR_MODEL": "tiny",
        "SLM_EXTRACTOR_TIMEOUT_MS": "2000",
        **PATIENT,
    }
    with running_mesh(tmp_path_factory.mktemp("slm"), **settings) as running:
        yield running


def sources(mesh: Mesh) -> list[tuple[str, str]]:
    """Who read each message so far, and on which track, as the gateway logged it."""
    lines = [json.loads(line) for line in mesh.log("gateway").splitlines() if line.startswith("{")]
    return [(line["source"], line["track"]) for line in lines if line.get("event") == "turn"]


def wait_for_model(mesh: Mesh, new_customer: Callable[[], str]) -> None:
    """Writes until the model reads: it is warmed up in the background."""

    def is_used() -> bool:
        mesh.say(new_customer(), "hola")
        return sources(mesh)[-1][0] == "slm"

    until(is_used, "the model reads")


def test_a_conversation_is_read_by_the_model_and_books(
    slm_mesh: Mesh, engine: ModelStub, new_customer: Callable[[], str]
) -> None:
    customer = new_customer()
    with engine.up():
        wait_for_model(slm_mesh, new_customer)
        before = len(sources(slm_mesh))
        assert "mail" in slm_mesh.say(customer, "quiero turno para barba mañana a las 10, soy Leo Paz")
        assert "PB-" in slm_mesh.say(customer, "leo@test.com")
        slm_mesh.say(customer, "quiero cancelar mi turno")
        slm_mesh.say(customer, "sí, dale")
    assert [(row["service_type"], row["time"], row["status"]) for row in slm_mesh.appointments(customer)] == [
        ("Barba", "10:00", "cancelled")
    ]
    assert set(sources(slm_mesh)[before:]) == {("slm", "slm")}


def test_a_dead_engine_is_done_without_and_used_again_once_it_is_back(
    slm_mesh: Mesh, engine: ModelStub, new_customer: Callable[[], str]
) -> None:
    with ExitStack() as life:
        life.enter_context(engine.up())
        wait_for_model(slm_mesh, new_customer)
        life.close()
        before = len(sources(slm_mesh))
        for hour in range(9, 13):
            assert "PB-" in slm_mesh.say(new_customer(), BOOK.format(hour=hour))
        assert {source for source, _ in sources(slm_mesh)[before:]} == {"cpu"}
        assert slm_mesh.ready()["http"] == 200
        life.enter_context(engine.up())
        wait_for_model(slm_mesh, new_customer)


@pytest.mark.parametrize(
    "answer", [chat("Lo siento, no puedo."), HANG, Answer(503)], ids=["garbage", "hanging", "full"]
)
def test_whatever_the_engine_does_customers_are_answered(
    slm_mesh: Mesh, engine: ModelStub, new_customer: Callable[[], str], answer: Answer
) -> None:
    good = engine.behave
    try:
        with engine.up():
            wait_for_model(slm_mesh, new_customer)
            engine.behave = lambda _: answer
            customer = new_customer()
            assert "mail" in slm_mesh.say(customer, "quiero turno para alisado el martes 17/3 a las 14, soy Leo Paz")
            assert slm_mesh.say(customer, "cuánto sale la barba?")
    finally:
        engine.behave = good


def test_nothing_that_customers_wrote_is_in_a_services_log(
    slm_mesh: Mesh, engine: ModelStub, new_customer: Callable[[], str]
) -> None:
    with engine.up():
        wait_for_model(slm_mesh, new_customer)
        slm_mesh.say(new_customer(), "quiero turno para barba el lunes 16/3 a las 10, soy Leo Paz, leo@test.com")
    for service in ("extractor", "planner"):
        assert not any(secret in slm_mesh.log(service) for secret in ("leo@test", "Leo Paz", "turno para"))


@pytest.mark.parametrize(("service", "stage"), [("extractor", "EXTRACTOR"), ("nlg", "RESPONSE")])
def test_model_settings_that_are_wrong_stop_the_start_up(tmp_path: Path, service: str, stage: str) -> None:
    wrong = make_environment(
        tmp_path, SLM_EXTRACTOR_URL="http://127.0.0.1:1/v1", SLM_RESPONSE_URL="http://127.0.0.1:1/v1"
    )
    ended = subprocess.run([sys.executable, "-m", service], env=wrong, cwd=ROOT, capture_output=True, timeout=60)
    assert ended.returncode == 2
    assert f"SLM_{stage}_MODEL: expected together with" in ended.stderr.decode()
