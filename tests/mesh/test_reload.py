"""A manifest that changes while the mesh runs: taken up everywhere without a restart, or refused and nobody touched;
from the watched folder and from the command line, on both databases."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx2

from tests.mesh.tools.harness import ROOT, SALON, VET, Mesh, running_mesh, until

SERVICES = ("gateway", "extractor", "planner", "broker", "nlg", "agenda")
ASKED = "cuánto sale el corte de pelo lunar?"


def count(mesh: Mesh, service: str, outcome: str) -> float:
    found = re.search(rf'^pulpo_reloads_total{{outcome="{outcome}"}} (\S+)$', mesh.metrics(service), re.MULTILINE)
    return float(found[1]) if found else 0.0


def pulpo(mesh: Mesh, *arguments: str, status: int = 0) -> str:
    """What a command prints, errors too."""
    command = [sys.executable, "-m", "cli", "workspace", *arguments]
    ended = subprocess.run(
        command,
        cwd=ROOT,
        env=mesh.environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    assert ended.returncode == status, ended.stdout
    return ended.stdout


def is_ready(mesh: Mesh) -> bool:
    try:
        return mesh.ready()["http"] == 200
    except httpx2.HTTPError:
        return False


class Changes:
    """Waits until every service has taken up one more change."""

    def __init__(self, mesh: Mesh) -> None:
        self._mesh = mesh
        self._before = self._counts()

    def everywhere(self) -> None:
        before = self._before
        for service in SERVICES:
            what = f"{service} has the new manifest"
            until(lambda service=service: count(self._mesh, service, "taken") > before[service], what)
        self._before = self._counts()

    def _counts(self) -> dict[str, float]:
        return {service: count(self._mesh, service, "taken") for service in SERVICES}


def test_a_manifest_changes_without_a_restart_and_a_broken_one_touches_nobody(
    tmp_path: Path, database_url: str
) -> None:
    folder = Path(shutil.copytree(ROOT / "k8s/base/workspaces", tmp_path / "workspaces"))
    salon, vet = folder / "estudio-pulpo.yaml", folder / "veterinaria-cordillera.yaml"
    settings = {
        "PULPO_WORKSPACES_DIR": str(folder),
        "PULPO_WORKSPACES_EVERY_S": "0.2",
        "PULPO_GATEWAY_DATABASE_URL": database_url,
    }
    with running_mesh(tmp_path / "data", **settings) as mesh:
        changes = Changes(mesh)
        assert "3.500" in mesh.say("+5491155550001", "cuánto sale un corte de cabello?")
        good = salon.read_text(encoding="utf-8")
        renewed = good.replace("price_min: 3500", "price_min: 4321", 1).replace(
            "Corte de Cabello", "Corte de Pelo Lunar"
        )
        assert "price_min: 4321" in renewed
        salon.write_text(renewed, encoding="utf-8")
        changes.everywhere()
        reply = mesh.say("+5491155550002", ASKED)
        assert "4.321" in reply, reply
        assert "Lunar" in reply, reply

        salon.write_text(good + "\nnonsense: true\n", encoding="utf-8")
        other = vet.read_text(encoding="utf-8")
        vet.write_text(other.replace("name: Veterinaria Cordillera", "name: Veterinaria del Sur"), encoding="utf-8")
        changes.everywhere()
        until(lambda: count(mesh, "gateway", "refused") >= 1, "the gateway refuses it")
        assert "4.321" in mesh.say("+5491155550003", ASKED)
        assert '"files refused, the older ones stay"' in mesh.log("gateway")
        assert "pulpo_reload_refused 1.0" in mesh.metrics("gateway")

        mine = tmp_path / "mine.yaml"
        mine.write_text(renewed.replace("price_min: 4321", "price_min: 5432"), encoding="utf-8")
        assert "estudio-pulpo: version 3 is in force" in pulpo(mesh, "apply", str(mine), "--by", "ana")
        changes.everywhere()
        assert "5.432" in mesh.say("+5491155550004", ASKED)
        assert "nonsense" in pulpo(mesh, "apply", str(mine), str(salon), status=1)
        thief = tmp_path / "thief.yaml"
        thief.write_text(other.replace(VET, SALON).replace("id: veterinaria-cordillera", "id: thief"), encoding="utf-8")
        assert f"{SALON} belongs to estudio-pulpo" in pulpo(mesh, "apply", str(thief), str(mine), status=1)
        assert "price_min: 5432" in pulpo(mesh, "show", "estudio-pulpo")

        mesh.kill("gateway")  # whoever is asked meanwhile goes on, and is told again by the next one
        until(lambda: is_ready(mesh), "the gateway is back")
        changes = Changes(mesh)
        assert "estudio-pulpo: version 4 is in force" in pulpo(mesh, "rollback", "estudio-pulpo", "--by", "eva")
        changes.everywhere()
        assert "4.321" in mesh.say("+5491155550005", ASKED)
        assert len(pulpo(mesh, "history", "estudio-pulpo").splitlines()) == 4
        assert "rollback to 2 by eva" in pulpo(mesh, "history", "estudio-pulpo")
        assert "apply by ana" in pulpo(mesh, "history", "estudio-pulpo")
        assert "veterinaria-cordillera: removed" in pulpo(mesh, "remove", "veterinaria-cordillera")
        changes.everywhere()
        listed = pulpo(mesh, "list")
        assert "estudio-pulpo" in listed
        assert "veterinaria" not in listed
