"""The whole mesh on the slm track, with a model server behind it that is killed and comes back."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.first_form import write_first_form
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
        "SLM_PLANNER_URL": engine.url,
        "SLM_PLANNER_MODEL": "tiny",
        "SLM_PLANNER_TIMEOUT_MS": "1500",
        **PATIENT,
    }
    settings["PULPO_WORKSPACES_DIR"] = str(write_first_form(tmp_path_factory.mktemp("first")))  # models plan no tasks
    with running_mesh(tmp_path_factory.mktemp("slm"), **settings) as running:
        yield running


def sources(mesh: Mesh) -> list[tuple[str, str]]:
    """Who read each message so far, and on which track, as the gateway logged it."""
    lines = [json.loads(line) for line in mesh.log("gateway").splitlines() if line.startswith("{")]
    return [(line["source"], line["track"]) for line in lines if line.get("event") == "turn"]


def counted(mesh: Mesh, service: str, name: str, **labels: str) -> float:
    """The sum of a service's counter over the series with these labels."""
    text = mesh.metrics(service)
    wanted = [f'{label}="{value}"' for label, value in labels.items()]
    rows = [line for line in text.splitlines() if line.startswith(name + "{") and all(one in line for one in wanted)]
    return sum(float(row.rsplit(" ", 1)[1]) for row in rows)


def wait_for_model(mesh: Mesh, new_customer: Callable[[], str]) -> None:
    """Writes until the model reads and plans: it is warmed up in the background."""

    def is_used() -> bool:
        before = counted(mesh, "planner", "pulpo_planner_rungs_total", rung="slm", reason="ok")
        mesh.say(new_customer(), "hola")
        planned = counted(mesh, "planner", "pulpo_planner_rungs_total", rung="slm", reason="ok") > before
        return planned and sources(mesh)[-1][0] == "slm"

    until(is_used, "the model reads and plans")


def test_a_conversation_is_read_and_planned_by_models_and_books(
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
    until(  # the text of metrics may be a second old
        lambda: counted(slm_mesh, "planner", "pulpo_planner_plans_total", tool="cancel_appointment") >= 2,
        "the metrics count the plans",
    )
    assert counted(slm_mesh, "planner", "pulpo_planner_rungs_total", rung="slm", reason="ok") >= 4
    assert counted(slm_mesh, "planner", "pulpo_planner_divergences_total", decision="refused") == 0


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


@pytest.mark.parametrize("service", ["extractor", "planner"])
def test_model_settings_that_are_wrong_stop_the_start_up(tmp_path: Path, service: str) -> None:
    wrong = make_environment(
        tmp_path, SLM_EXTRACTOR_URL="http://127.0.0.1:1/v1", SLM_PLANNER_URL="http://127.0.0.1:1/v1"
    )
    ended = subprocess.run([sys.executable, "-m", service], env=wrong, cwd=ROOT, capture_output=True, timeout=60)
    assert ended.returncode == 2
    assert f"SLM_{service.upper()}_MODEL: expected together with" in ended.stderr.decode()
