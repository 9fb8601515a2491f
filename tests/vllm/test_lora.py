"""LoRA fine-tuning of a model of a folder, in the engine's environment: some steps on the tiny one."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.mesh.tools.harness import ROOT
from tests.vllm.conftest import PROGRAM, TINY
from training.slm.generate import make_pack
from training.slm.packs import write_packs

pytestmark = [pytest.mark.timeout(1800), pytest.mark.skipif(not os.environ.get(PROGRAM), reason="no engine")]
LOADED = """
import sys, torch
from transformers import AutoModelForCausalLM, AutoTokenizer
base, merged = (AutoModelForCausalLM.from_pretrained(folder, local_files_only=True) for folder in sys.argv[1:])
assert len(AutoTokenizer.from_pretrained(sys.argv[2], local_files_only=True)) == base.config.vocab_size
assert merged.state_dict().keys() == base.state_dict().keys()
changed = [name for name, value in base.state_dict().items() if not torch.equal(value, merged.state_dict()[name])]
print(len(changed))
"""


PACKED = """
import sys, torch
from pathlib import Path
from types import SimpleNamespace
from transformers import AutoModelForCausalLM, AutoTokenizer
from training.slm.lora import loss_of, read_sequences
base = sys.argv[1]
tokenizer = AutoTokenizer.from_pretrained(base, local_files_only=True)
model = AutoModelForCausalLM.from_pretrained(base, local_files_only=True, dtype=torch.float32).eval()
(packed,) = read_sequences(Path(sys.argv[2]), tokenizer, SimpleNamespace(longest=3000), 1)
total = count = 0
with torch.no_grad():
    together = float(loss_of(model, packed, "cpu"))
    for row in packed.rows:
        ids = torch.tensor([[*packed.head, *row.tokens]])
        labels, answer = torch.full_like(ids, -100), len(packed.head) + row.answer_at
        labels[0, answer:] = ids[0, answer:]
        size = ids.shape[1] - answer
        total, count = total + float(model(input_ids=ids, labels=labels).loss) * size, count + size
print(abs(together - total / count) < 1e-4, len(packed.rows))
"""
"""Whether the loss of many examples behind one head is that of each alone."""


def run(*arguments: str) -> str:
    """Runs the engine's Python; its output."""
    python = Path(os.environ[PROGRAM]).absolute().parent / "python"
    done = subprocess.run([python, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=1500)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A little to learn from."""
    folder = tmp_path_factory.mktemp("packs")
    write_packs([make_pack("lora", held_out=False)], folder / "train.jsonl")
    write_packs([make_pack("lora held", held_out=True)], folder / "held.jsonl")
    return folder


def test_examples_behind_one_head_are_learnt_as_each_alone(packs: Path) -> None:
    same, rows = run("-c", PACKED, str(TINY), str(packs / "held.jsonl")).split()[-2:]
    assert (same, int(rows) > 4) == ("True", True)


def test_the_loss_falls_in_two_sittings_and_the_merged_model_loads(packs: Path, tmp_path: Path) -> None:
    out = tmp_path / "merged"
    words = ("--steps", "12", "--batch", "1", "--rate", "0.01", "--longest", "3000", "--held", "2", "--form", "tuned")
    first = run("-m", "training.slm.lora", str(TINY), str(packs), str(out), *words, "--stop-after", "6")
    assert not (out / "serving.yaml").exists(), first
    said = run("-m", "training.slm.lora", str(TINY), str(packs), str(out), *words)
    assert "goes on after step 6" in said
    told = json.loads(said.splitlines()[-1])
    assert told["loss_after"] < told["loss_before"] - 0.1, said
    assert (out / "serving.yaml").is_file()
    assert int(run("-c", LOADED, str(TINY), str(out))) > 0
