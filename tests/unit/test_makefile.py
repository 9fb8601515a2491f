"""What the verbs run, as make itself says."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (["run"], "/pulpo up"),
        (["run", "SLM=cpu"], "/pulpo up --slm cpu"),
        (["run", "SLM=cpu", "SLM_MODEL=smollm2-135m"], "/pulpo up --slm cpu --slm-model build/models/smollm2-135m"),
        (["run", "SLM=cpu", "SLM_MODEL=models/extractor-slm"], "/pulpo up --slm cpu --slm-model models/extractor-slm"),
        (["mesh"], "/pulpo mesh"),
        (["mesh", "SLM=cpu"], "/pulpo mesh --slm cpu"),
    ],
)
def test_a_mesh_has_a_model_only_when_asked_for_one(words: list[str], command: str) -> None:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "SLM", "ARGS"))
    }
    told = subprocess.run(
        ["make", "--dry-run", *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    ).stdout
    (ran,) = [line for line in told.splitlines() if "exec " in line]
    assert ran.strip().endswith(command)
