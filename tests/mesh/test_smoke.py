"""`pulpo smoke` against a mesh, and against one that answers wrongly."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.mesh.tools.harness import ROOT, Mesh


def smoke(mesh: Mesh, *words: str, **extra: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli.main", "smoke", mesh.url, *words],
        env={**mesh.environment, **extra},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=150,
    )


@pytest.mark.parametrize("workspace", ["estudio-pulpo", "veterinaria-cordillera"])
def test_a_mesh_that_is_well_passes_and_is_left_without_the_appointment(mesh: Mesh, workspace: str) -> None:
    done = smoke(mesh, "--workspace", workspace, "--json", PULPO_SMOKE_FROM="+5491155550777")
    told: dict[str, Any] = json.loads(done.stdout)
    assert (done.returncode, told["verdict"]) == (0, "pass"), done.stdout
    assert len(told["cases"]) == 8
    assert told["p90_ms"] >= told["p50_ms"] > 0
    assert {row["status"] for row in mesh.appointments("+5491155550777")} == {"cancelled"}


def test_a_wrong_signature_is_said_in_a_line(mesh: Mesh) -> None:
    done = smoke(mesh, TWILIO_AUTH_TOKEN="somebody-else's")
    assert (done.returncode, done.stdout) == (1, "")
    assert "403" in done.stderr
    assert done.stderr.count("\n") == 1
