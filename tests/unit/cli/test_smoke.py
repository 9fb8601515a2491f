"""What `pulpo smoke` writes and how it judges; that it works is in tests/mesh/test_smoke.py."""

import random
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from cli.commands import smoke
from cli.commands.smoke_cases import SmokeCase, booking, cancelling, code_in, form_problem, is_spent, questions
from cli.main import app
from workspace.calendar import time_problem
from workspace.loader import load_registry
from workspace.model import Workspace

WORKSPACES = list(load_registry(Path(__file__).resolve().parents[3] / "k8s" / "base" / "workspaces"))
TEMPLATES = Path(__file__).resolve().parents[3] / "services/nlg/writing/templates/es-AR.yaml"
SALON = next(each for each in WORKSPACES if each.id == "estudio-pulpo")
NOW = datetime(2026, 3, 11, 13, tzinfo=UTC)


@settings(max_examples=30)
@given(
    st.sampled_from(WORKSPACES),
    st.datetimes(datetime(2026, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 - it has one
    st.randoms(use_true_random=False),
)
def test_the_appointment_is_within_the_opening_hours_on_any_day(
    workspace: Workspace, now: datetime, dice: random.Random
) -> None:
    text = booking(workspace, now, dice).text
    found = re.search(r"el (\d+)/(\d+) a las (\d\d:\d\d)", text)
    assert found, text
    today = now.astimezone(workspace.zone).date()
    years = (datetime(today.year + ahead, int(found[2]), int(found[1]), tzinfo=UTC).date() for ahead in (0, 1))
    day = next(day for day in years if day > today)
    assert (day - today).days < 60
    assert time_problem(workspace, day.isoformat(), found[3], now, workspace.services[0].minutes) is None


def problem(name: str, reply: str) -> str:
    cases = [*questions(SALON, NOW), booking(SALON, NOW, random.Random(1)), *cancelling("PB-AAAAAA")]
    return next(case for case in cases if case.name == name).problem(reply)


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("greets by name", "¡Hola! Soy el asistente de Estudio Pulpo.", "¡Hola!"),
        ("opening hours", "Lun a Vie 9:00–13:00", "Abrimos temprano"),
        ("price", "Corte de Cabello: $3.500–$6.000", "Corte de Cabello: $4500"),
        ("another price", "Coloración: $8000–$12000", "Coloración: consultar"),
        ("asks what is missing", "¿Para qué servicio?", "¡Listo! Tu código es PB-0PX90F. ¿Algo más?"),
        ("books at once", "¡Listo! Tu código es PB-0PX90F.", "No hay lugar."),
        ("books at once", "Por hoy no puedo darte más turnos por acá.", "Ya tenés varios turnos con nosotros."),
        ("asks before it cancels", "¿Confirmás?", "Cancelado."),
        ("cancels", "Tu turno quedó cancelado.", "Disculpá, probá de nuevo."),
    ],
)
def test_a_reply_is_judged_by_its_form(name: str, good: str, bad: str) -> None:
    assert problem(name, good) == ""
    assert problem(name, bad)


def test_every_reply_is_short_and_there() -> None:
    assert form_problem("hola") == ""
    assert form_problem(" ")
    assert form_problem("x" * 200)
    assert code_in("Tu código es PB-0PX90F.") == "PB-0PX90F"
    assert isinstance(questions(SALON, NOW)[0], SmokeCase)


def test_the_limit_of_a_day_is_known_by_its_words() -> None:
    phrases = yaml.load(TEMPLATES.read_text(encoding="utf-8"), yaml.CSafeLoader)["phrases"]
    assert all(is_spent(wording) for wording in phrases["limit_today"])
    assert not any(is_spent(wording) for wording in phrases["limit_open"] + phrases["limit_day"])


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        ("Por hoy no puedo darte más turnos por acá.", 0, "bookings of the day"),
        ("Estoy con muchas consultas.", 1, "FAIL books at once"),
    ],
)
def test_a_run_passes_and_says_so_when_the_number_has_had_its_bookings_of_the_day(
    answer: str, code: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def put(self: smoke.Tester, case: SmokeCase) -> str:
        problem = case.problem(answer) if case.name == "books at once" else ""
        self.outcomes.append(smoke.SmokeOutcome(case.name, not problem, 1.0, problem, answer))
        return answer

    monkeypatch.setattr(smoke.Tester, "put", put)
    done = CliRunner().invoke(app, ["smoke", "http://127.0.0.1:1"])
    assert done.exit_code == code
    assert said in done.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("https://wa.example.com",), "PULPO_SMOKE_FROM"),
        (("http://127.0.0.1:1", "--track", "slm"), "PULPO_CALLER_TOKENS"),
        (("http://127.0.0.1:1", "--track", "gpt"), "expected slm or legacy"),
        (("http://127.0.0.1:1", "--workspace", "nobody"), "unknown workspace"),
        (("http://127.0.0.1:1",), "no answer"),
    ],
)
def test_what_cannot_be_tried_is_one_line(words: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PULPO_SMOKE_FROM", "PULPO_CALLER_TOKENS", "PULPO_PUBLIC_URL"):
        monkeypatch.delenv(name, raising=False)
    done = CliRunner().invoke(app, ["smoke", *words])
    assert done.exit_code == 1
    assert said in done.output
    assert done.output.count("\n") == 1
