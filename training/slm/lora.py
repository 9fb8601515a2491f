"""Fine-tunes any causal language model of a folder on packs with LoRA, and writes the merged model or the adapter.

    python -m training.slm.generate build/lora-data --form short --packs 600
    python -m training.slm.lora BASE build/lora-data OUT --steps 400

BASE is a folder as transformers writes it, with a chat template (`pulpo model fetch NAME --safetensors`); the packs are
train.jsonl and held.jsonl of training.slm.generate. The examples of one business stand in one sequence, so that its
head is read once, and only answers are learnt: logits are computed for no other token, or a vocabulary of 150,000 fills
the memory. Weights are bfloat16, the adapter's float32. Goes on from OUT/checkpoint.pt where it was stopped; the same
seed and data give the same run but for rounding. Prints the loss on held-out sequences before and after. Uses a GPU
where there is one. Needs torch, transformers and peft (requirements/vllm.txt).
"""

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from torch import Tensor
from torch.nn import functional
from transformers import AutoModelForCausalLM, AutoTokenizer

from training.slm.packs import read_packs
from training.slm.sequences import Packed, sequences_of, shuffled

SEED = 20261123
HELD = 24
"""Held-out sequences that the loss is told of."""
_SERVING = """# How this folder is served and asked; see docs/models.md.
engine: vllm
served_model_name: pulpo-extractor-lora
prompt: {prompt}
schema: {schema}
calibration: "1"
max_tokens: {most}
engine_flags:
  - --max-model-len=3072
  - --enforce-eager
  - --enable-prefix-caching
  - --structured-outputs-config={{"backend":"xgrammar","disable_any_whitespace":true}}
environment: {{VLLM_CPU_KVCACHE_SPACE: "1"}}
"""
FORMS = {
    "short": {"prompt": "examples", "schema": "extractor_v2_short", "most": 64},
    "tuned": {"prompt": "tuned", "schema": "extractor_v1", "most": 128},
}
"""How a model is asked that learnt from packs of a form (training.slm.generate)."""


def batch_of(sequence: Packed, device: str) -> dict[str, Tensor]:
    """What the model is given: tokens, positions, who sees whom (1, 1, length, length), and the places that are
    foreseen."""
    owners = torch.tensor(sequence.owners, device=device)
    length = len(owners)
    earlier = torch.ones(length, length, dtype=torch.bool, device=device).tril()
    seen = earlier & ((owners[None, :] == 0) | (owners[None, :] == owners[:, None]))
    return {
        "input_ids": torch.tensor([sequence.tokens], device=device),
        "position_ids": torch.tensor([sequence.positions], device=device),
        "attention_mask": seen[None, None],
        "logits_to_keep": torch.tensor(sequence.foreseen[0], device=device),
    }


def loss_of(model: Any, sequence: Packed, device: str) -> Tensor:
    """Mean loss of a token of the answers."""
    logits = model(**batch_of(sequence, device), use_cache=False).logits[0]
    return functional.cross_entropy(logits.float(), torch.tensor(sequence.foreseen[1], device=device))


def loss_on(model: Any, sequences: Sequence[Packed], device: str) -> float:
    """The same over several sequences, without learning."""
    model.eval()
    with torch.no_grad():
        found = [(float(loss_of(model, one, device)), len(one.foreseen[1])) for one in sequences]
    return sum(loss * count for loss, count in found) / sum(count for _, count in found)


class Run:
    """Steps that can be stopped and gone on with."""

    def __init__(self, model: Any, sequences: Sequence[Packed], arguments: argparse.Namespace, device: str) -> None:
        self._model, self._sequences, self._arguments, self._device = model, sequences, arguments, device
        self._weights = {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
        self._optimiser = torch.optim.AdamW(self._weights.values(), lr=arguments.rate)
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(
            self._optimiser, arguments.rate, total_steps=arguments.steps
        )
        self._file: Path = arguments.out / "checkpoint.pt"
        self._same = {name: getattr(arguments, name) for name in ("steps", "batch", "rank", "rate", "seed", "longest")}
        self._done = 0
        self.before: float | None = None
        """The loss on held-out sequences before anything was learnt, once it is known."""

    def go_on(self) -> int:
        """Takes up an earlier run of the same settings; how many steps it had made. Raises ValueError for another."""
        if self._file.is_file():
            kept = torch.load(self._file, map_location=self._device, weights_only=True)
            if kept["same"] != self._same:
                raise ValueError(f"{self._file} is of a run with other settings: {kept['same']}")
            with torch.no_grad():
                for name, weight in self._weights.items():
                    weight.copy_(kept["weights"][name])
            self._optimiser.load_state_dict(kept["optimiser"])
            self._schedule.load_state_dict(kept["schedule"])
            self._done, self.before = kept["step"], kept["before"]
        return self._done

    def steps(self, most: int) -> Iterator[tuple[int, float]]:
        """Makes the steps up to `most`; the number of each and its loss."""
        batch, seed = self._arguments.batch, self._arguments.seed
        order = shuffled(len(self._sequences), seed, skip=self._done * batch)
        self._model.train()
        for step in range(self._done + 1, most + 1):
            total = 0.0
            for at in islice(order, batch):  # one sequence in memory at a time
                loss = loss_of(self._model, self._sequences[at], self._device) / batch
                loss.backward()
                total += float(loss.detach())
            torch.nn.utils.clip_grad_norm_(self._weights.values(), 1.0)
            self._optimiser.step()
            self._schedule.step()
            self._optimiser.zero_grad()
            self._done = step
            yield step, total

    def keep(self) -> None:
        """Writes the checkpoint."""
        kept = {
            "step": self._done,
            "before": self.before,
            "same": self._same,
            "weights": {name: weight.detach() for name, weight in self._weights.items()},
            "optimiser": self._optimiser.state_dict(),
            "schedule": self._schedule.state_dict(),
        }
        self._file.parent.mkdir(parents=True, exist_ok=True)
        partial = self._file.with_suffix(".partial")
        torch.save(kept, partial)
        partial.rename(self._file)


def read_sequences(file: Path, tokenizer: Any, arguments: argparse.Namespace, most: int) -> list[Packed]:
    """The first sequences of a file of packs."""

    def template(system: str, user: str) -> str:
        asked = [{"role": "system", "content": system}, {"role": "user", "content": user}]
        return str(tokenizer.apply_chat_template(asked, add_generation_prompt=True, tokenize=False))

    def encode(text: str) -> list[int]:
        return list(tokenizer(text, add_special_tokens=False)["input_ids"])

    end, longest = tokenizer.eos_token_id, arguments.longest
    made = (one for pack in read_packs(file) for one in sequences_of(pack, encode, template, end, longest))
    return list(islice(made, most))


def parse() -> argparse.Namespace:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base", type=Path, help="folder of the model")
    parser.add_argument("packs", type=Path, help="folder with train.jsonl and held.jsonl")
    parser.add_argument("out", type=Path, help="folder to write")
    parser.add_argument("--adapter", action="store_true", help="write the adapter alone, not merged")
    parser.add_argument("--form", choices=sorted(FORMS), default="short", help="what the packs' answers are")
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--stop-after", type=int, default=0, help="stop after so many steps, to go on later")
    parser.add_argument("--batch", type=int, default=4, help="sequences of a step, one in memory at a time")
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--rate", type=float, default=2e-4, help="highest learning rate")
    parser.add_argument("--sequences", type=int, default=4000, help="most sequences to learn from")
    parser.add_argument("--held", type=int, default=HELD, help="held-out sequences that the loss is told of")
    parser.add_argument("--longest", type=int, default=2048, help="longest sequence, in tokens")
    parser.add_argument("--every", type=int, default=10, help="steps between two checkpoints")
    parser.add_argument("--seed", type=int, default=SEED)
    return parser.parse_args()


def make_model(arguments: argparse.Namespace, device: str) -> Any:
    """The base in bfloat16 with an adapter that has learnt nothing."""
    base = AutoModelForCausalLM.from_pretrained(arguments.base, local_files_only=True, dtype=torch.bfloat16).to(device)
    config = LoraConfig(
        r=arguments.rank, lora_alpha=2 * arguments.rank, target_modules="all-linear", task_type="CAUSAL_LM"
    )
    return get_peft_model(base, config)


def main() -> None:
    """Fine-tunes."""
    arguments = parse()
    torch.manual_seed(arguments.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    tokenizer = AutoTokenizer.from_pretrained(arguments.base, local_files_only=True)
    model = make_model(arguments, device)
    sequences = read_sequences(arguments.packs / "train.jsonl", tokenizer, arguments, arguments.sequences)
    held = read_sequences(arguments.packs / "held.jsonl", tokenizer, arguments, arguments.held)
    run = Run(model, sequences, arguments, device)
    if done := run.go_on():
        print(f"goes on after step {done}", flush=True)
    before = run.before = run.before if run.before is not None else loss_on(model, held, device)
    rows = sum(len(one.rows) for one in sequences)
    told = f"{rows} examples in {len(sequences)} sequences; loss on {len(held)} held-out ones before: {before:.4f}"
    print(told, flush=True)
    most, began = arguments.stop_after or arguments.steps, time.monotonic()
    for step, loss in run.steps(most):
        print(f"step {step} of {arguments.steps}, loss {loss:.4f}, {time.monotonic() - began:.0f} s", flush=True)
        if step % arguments.every == 0 or step == most:
            run.keep()
    after = loss_on(model, held, device)
    if most == arguments.steps:
        _write(model, tokenizer, arguments)
    print(json.dumps({"loss_before": round(before, 4), "loss_after": round(after, 4), "out": str(arguments.out)}))


def _write(model: Any, tokenizer: Any, arguments: argparse.Namespace) -> None:
    done = model.to(torch.bfloat16) if arguments.adapter else model.merge_and_unload()  # half as large to keep
    done.save_pretrained(arguments.out)
    tokenizer.save_pretrained(arguments.out)
    (arguments.out / "serving.yaml").write_text(_SERVING.format(**FORMS[arguments.form]), encoding="utf-8")


if __name__ == "__main__":
    main()
