"""Our own model's folder against transformers, which has its environment beside the engine's program."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.mesh.tools.harness import ROOT
from tests.vllm.conftest import PROGRAM
from training.slm.businesses import SALON
from training.slm.generate import labelled_packs
from training.slm.packs import write_packs

pytestmark = pytest.mark.timeout(300)
MODEL = ROOT / "models" / "extractor-slm"
LIMIT = 25_000_000
"""Most bytes of the folder."""


def test_our_model_gives_transformers_numbers_and_its_tokens_are_those_of_training(tmp_path: Path) -> None:
    program = os.environ.get(PROGRAM)
    if not program:
        pytest.skip("no engine: `make test-vllm` sets one up")
    own = ROOT / "tests" / "unit" / "extractor" / "data" / "own_messages.jsonl"
    write_packs(labelled_packs(own, SALON), tmp_path / "own.jsonl")
    told = subprocess.run(
        [Path(program).with_name("python"), "-m", "training.slm.verify", MODEL, tmp_path / "own.jsonl"],
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'services'}:{ROOT}", "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert "same scores as transformers" in told.stdout


def test_our_models_folder_is_small() -> None:
    assert sum(file.stat().st_size for file in MODEL.iterdir()) <= LIMIT
