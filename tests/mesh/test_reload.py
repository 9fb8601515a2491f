"""A manifest that changes while the mesh runs: taken up everywhere, or refused everywhere."""

import re
import shutil
from pathlib import Path

from tests.mesh.tools.harness import ROOT, Mesh, running_mesh, until

SERVICES = ("gateway", "extractor", "planner", "broker", "nlg", "agenda")


def count(mesh: Mesh, service: str, outcome: str) -> float:
    found = re.search(rf'^pulpo_reloads_total{{outcome="{outcome}"}} (\S+)$', mesh.metrics(service), re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_a_manifest_that_changes_needs_no_restart_and_a_broken_one_changes_nothing(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(ROOT / "k8s/base/workspaces", tmp_path / "workspaces"))
    salon = folder / "estudio-pulpo.yaml"
    settings = {"PULPO_WORKSPACES_DIR": str(folder), "PULPO_WORKSPACES_EVERY_S": "0.2"}
    with running_mesh(tmp_path / "data", **settings) as mesh:
        assert "3.500" in mesh.say("+5491155550001", "cuánto sale un corte de cabello?")
        good = salon.read_text(encoding="utf-8")
        renewed = good.replace("price_min: 3500", "price_min: 4321", 1)
        assert renewed != good
        salon.write_text(renewed.replace("Corte de Cabello", "Corte de Pelo Lunar"), encoding="utf-8")
        for service in SERVICES:
            until(lambda service=service: count(mesh, service, "taken") >= 1, f"{service} has the new manifest", 60)
        reply = mesh.say("+5491155550002", "cuánto sale el corte de pelo lunar?")
        assert "4.321" in reply, reply
        assert "Lunar" in reply, reply

        salon.write_text(good + "\nnonsense: true\n", encoding="utf-8")
        for service in SERVICES:
            until(lambda service=service: count(mesh, service, "refused") >= 1, f"{service} refuses it", 60)
        assert "4.321" in mesh.say("+5491155550003", "cuánto sale el corte de pelo lunar?")
        assert '"files refused, the older ones stay"' in mesh.log("gateway")
        assert "pulpo_reload_refused 1.0" in mesh.metrics("broker")
