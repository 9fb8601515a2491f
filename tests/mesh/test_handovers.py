"""A customer who asks for a person, in a whole mesh on each kind of database, and what the command line makes of it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.commands.handovers import handovers_app
from tests.mesh.tools.harness import ROOT, Mesh, running_mesh, until
from tests.mesh.tools.people import OWNER, running_smtp, write_people

ANA, BOB = "+5491150001111", "+5491150002222"
NOTHING = "nothing: nobody waits for a person\n"
SALON = "estudio-pulpo"


@pytest.fixture
def mails() -> Iterator[tuple[list[str], dict[str, str]]]:
    """What an SMTP server has taken, and where it is."""
    with running_smtp() as running:
        yield running


@pytest.fixture
def mesh(database_url: str, tmp_path: Path, mails: tuple[list[str], dict[str, str]]) -> Iterator[Mesh]:
    """A mesh whose gateway has its tables in such a database, and whose salon has people."""
    folder = str(write_people(tmp_path / "workspaces"))
    more = {"PULPO_GATEWAY_DATABASE_URL": database_url, "PULPO_WORKSPACES_DIR": folder, **mails[1]}
    with running_mesh(tmp_path, **more) as running:
        yield running


@dataclass(frozen=True)
class Done:
    """What a command came to."""

    returncode: int
    stdout: str
    stderr: str = ""


def pulpo(mesh: Mesh, verb: str, *words: str) -> Done:
    """Runs a command beside the mesh: `handovers` in this process, which is quick, any other in one of its own."""
    if verb == "handovers":
        done = CliRunner().invoke(handovers_app, list(words), env=mesh.environment)
        return Done(done.exit_code, done.stdout, done.stderr)
    command = [sys.executable, "-m", "cli.main", verb, *words]
    ran = subprocess.run(
        command, env=mesh.environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    return Done(ran.returncode, ran.stdout, ran.stderr)


def listed(mesh: Mesh, *options: str) -> list[dict[str, Any]]:
    done = pulpo(mesh, "handovers", "list", "--json", *options)
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_what_the_reply_says_is_so_and_somebody_takes_care_of_it(
    mesh: Mesh, mails: tuple[list[str], dict[str, str]]
) -> None:
    assert pulpo(mesh, "handovers", "list").stdout == NOTHING
    assert "le aviso a una persona" in mesh.say(ANA, "quiero hablar con una persona").lower()
    assert "equipo" in mesh.say(ANA, "esto es una vergüenza, me atendieron pésimo").lower()
    assert "PB-" in mesh.say(BOB, "un corte hoy a las 17, soy Bruno Paz bruno@test.com")
    mesh.say(BOB, "llego 10 minutos tarde")
    ana, bob = listed(mesh)
    assert (ana["kind"], ana["count"], ana["reasons"]) == ("request", 2, ["complaint", "asked"])
    assert (ana["workspace"], ana["since"][:14], ana["customer"]) == (SALON, "2026-03-11T13:", "whatsapp:…1111")
    assert ana["text"] == "esto es una vergüenza, me atendieron pésimo"
    assert (bob["kind"], bob["count"], bob["reasons"]) == ("notice", 1, ["late"])
    assert listed(mesh, "--workspace", "veterinaria-cordillera") == []
    shown = pulpo(mesh, "handovers", "list").stdout
    assert f"{ana['id']}  {SALON}" in shown
    assert "whatsapp:…1111  2x complaint, asked  “esto es una vergüenza, me atendieron pésimo”" in shown
    assert "50001111" not in shown
    whole = pulpo(mesh, "handovers", "show", ana["id"]).stdout
    assert f"whatsapp:{ANA}" in whole
    assert f"{ana['since']}  asked: quiero hablar con una persona" in whole
    until(lambda: 'pulpo_gateway_handovers_open{kind="request"} 1.0' in mesh.metrics("gateway"), "it is measured")
    metrics = mesh.metrics("gateway")
    assert 'pulpo_gateway_handovers_total{reason="complaint"} 1.0' in metrics
    assert 'pulpo_gateway_handover_oldest_seconds{kind="request"}' in metrics
    until(lambda: mails[0], "the owner has the e-mail")
    assert "#1, un cliente espera" in mails[0][0]
    takes_and_gives_back(mesh, ana["id"])
    until(lambda: any("sigue sin nadie" in mail for mail in mails[0]), "what another gave back waits again")
    closes_and_forgets(mesh, ana["id"], bob["id"])


def takes_and_gives_back(mesh: Mesh, ana: str) -> None:
    assert f"#1 · ahora · {ANA}" in mesh.say(OWNER, "lista").replace("recién", "ahora")
    assert "#1 es tuyo" in mesh.say(OWNER, "tomo 1")
    assert mesh.say(ANA, "cuánto sale un corte?") == ""
    assert "No pude enviarlo" in mesh.say(OWNER, "#1 hola"), "there are no REST credentials"
    assert "ya está" not in mesh.say(OWNER, "devolver 1")
    assert "Corte de Cabello" in mesh.say(ANA, "cuánto sale un corte?")
    done = [pulpo(mesh, "handovers", verb, ana, "--by", "luz") for verb in ("back", "take", "back")]
    assert [each.stdout for each in done] == [f"{ana}: {what}\n" for what in ("not taken", "done", "done")]
    acts = mesh.rows("gateway", "SELECT person, act FROM people_acts WHERE handover_id = ? ORDER BY at", ana)
    assert {(row["person"], row["act"]) for row in acts} == {
        *(("sofi", act) for act in ("saw", "took", "gave back")),
        *(("luz", act) for act in ("took", "gave back")),
    }


def closes_and_forgets(mesh: Mesh, ana: str, bob: str) -> None:
    closed = pulpo(mesh, "handovers", "close", ana, bob, "--note", "la llamé", "--by", "sofi")
    assert (closed.returncode, closed.stdout) == (0, f"{ana}: closed\n{bob}: closed\n")
    again = pulpo(mesh, "handovers", "close", ana, "--json")
    assert (again.returncode, json.loads(again.stdout)) == (1, {ana: "no such open hand-over"})
    assert pulpo(mesh, "handovers", "list").stdout == NOTHING
    assert {each["closed_by"] for each in listed(mesh, "--all")} == {"sofi"}
    assert "closed by sofi: la llamé" in pulpo(mesh, "handovers", "show", ana).stdout
    mesh.say(ANA, "quiero hablar con una persona\n\u009b31m\u202eahora")
    (another,) = listed(mesh)
    assert another["id"] != ana
    for words in (["list"], ["show", another["id"]]):  # a terminal obeys nothing that a customer writes
        assert "quiero hablar con una persona 31mahora" in pulpo(mesh, "handovers", *words).stdout
    forgotten = pulpo(mesh, "forget", ANA, "--json")
    assert forgotten.returncode == 0, forgotten.stderr
    erased = json.loads(forgotten.stdout)["erased"]["gateway"]
    assert (erased["handovers"], erased["handover_messages"]) == (2, 4)
    assert erased["due"] >= 2
    texts = mesh.rows("gateway", "SELECT text, reply FROM inbox WHERE text <> ''")
    assert not [row for row in texts if ANA in str(row) or "lista" in str(row["text"])]
    assert [each["id"] for each in listed(mesh, "--all")] == [bob]
    assert pulpo(mesh, "handovers", "show", ana).returncode == 1


@pytest.mark.parametrize("option", ["--note", "--by"])
def test_a_note_is_one_line(option: str) -> None:
    done = CliRunner().invoke(handovers_app, ["close", "x", option, "a\nb"])
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert "--note takes a line" in done.stderr


def test_without_a_database_it_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULPO_DATA_DIR", str(tmp_path))
    done = CliRunner().invoke(handovers_app, ["list"])
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert "NO_DATABASE" in done.stderr
