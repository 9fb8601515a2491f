"""Fine-tunes any causal language model of a folder on packs with LoRA, and writes the merged model.

    python -m training.slm.lora BASE build/slm OUT --steps 400

BASE is a folder as transformers writes it, with a chat template; build/slm has train.jsonl and held.jsonl
(training.slm.generate). Asked as the tuned prompt asks, in the model's own chat template; only the answer is
learnt. Prints the loss on held-out examples before and after. OUT is a folder that vLLM serves, with a
serving.yaml for `pulpo up --slm cpu --slm-model OUT`; --adapter writes the adapter alone. Uses a GPU where
there is one. Needs torch, transformers and peft (requirements/vllm.txt).
"""

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer

from training.slm.packs import Example, Pack, read_packs

SEED = 20261123
HELD = 32
"""Held-out examples that the loss is told of."""
IGNORED = -100
"""Label of a token that nothing is learnt from."""
SERVING = """# How this folder is served and asked; see models/extractor-slm/serving.yaml.
served_model_name: pulpo-extractor-lora
prompt: tuned
calibration: "1"
max_tokens: 128
engine_flags:
  - --max-model-len=2048
  - --enforce-eager
  - --enable-prefix-caching
  - --structured-outputs-config={"backend":"xgrammar","disable_any_whitespace":true}
environment: {VLLM_CPU_KVCACHE_SPACE: "1"}
"""


@dataclass(frozen=True)
class Row:
    """One example as tokens of the model's chat template."""

    tokens: tuple[int, ...]
    answer_at: int
    """Where the answer begins."""


def row_of(pack: Pack, example: Example, tokenizer: Any) -> Row:
    """An example as a server is asked it, with its answer."""
    asked = [{"role": "system", "content": pack.system}, {"role": "user", "content": pack.user(example)}]
    prompt = tokenizer.apply_chat_template(asked, add_generation_prompt=True, tokenize=False)
    before = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    answer = tokenizer(example.answer, add_special_tokens=False)["input_ids"]
    return Row((*before, *answer, tokenizer.eos_token_id), len(before))


def table_of(rows: Sequence[Row], pad: int, device: str) -> dict[str, Any]:
    """Rows filled up at their ends: input_ids, attention_mask and labels, each (rows, longest)."""
    longest = max(len(row.tokens) for row in rows)
    ids = [[*row.tokens, *([pad] * (longest - len(row.tokens)))] for row in rows]
    mask = [[int(at < len(row.tokens)) for at in range(longest)] for row in rows]
    labels = [
        [token if row.answer_at <= at < len(row.tokens) else IGNORED for at, token in enumerate(line)]
        for row, line in zip(rows, ids, strict=True)
    ]
    named = {"input_ids": ids, "attention_mask": mask, "labels": labels}
    return {name: torch.tensor(values, device=device) for name, values in named.items()}


def shuffled(rows: Sequence[Row], batch: int, seed: int) -> Iterator[list[Row]]:
    """Batches without end, each round in another order."""
    chance, left = random.Random(seed), list[Row]()
    while True:
        while len(left) < batch:
            left += chance.sample(rows, len(rows))
        yield left[:batch]
        left = left[batch:]


def loss_on(model: Any, rows: Sequence[Row], pad: int, device: str) -> float:
    """Mean loss of a token of the answers."""
    model.eval()
    total, count = 0.0, 0
    with torch.no_grad():
        for row in rows:
            total += float(model(**table_of([row], pad, device)).loss) * (len(row.tokens) - row.answer_at)
            count += len(row.tokens) - row.answer_at
    return total / count


def learn(model: Any, rows: Sequence[Row], pad: int, device: str, arguments: argparse.Namespace) -> None:
    """The steps."""
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    optimiser = torch.optim.AdamW(weights, lr=arguments.rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, arguments.rate, total_steps=arguments.steps)
    model.train()
    batches = shuffled(rows, arguments.batch, arguments.seed)
    for step, batch in enumerate(islice(batches, arguments.steps), 1):
        loss = model(**table_of(batch, pad, device)).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimiser.step()
        schedule.step()
        optimiser.zero_grad()
        if step % 20 == 0 or step == arguments.steps:
            print(f"step {step} of {arguments.steps}, loss {float(loss):.4f}", flush=True)


def read_rows(file: Path, tokenizer: Any, most: int, longest: int) -> list[Row]:
    """Examples of a file of packs, those that are not too long."""
    packs = read_packs(file)
    rows = (row_of(pack, example, tokenizer) for pack in packs for example in pack.examples)
    return list(islice((row for row in rows if len(row.tokens) <= longest), most))


def parse() -> argparse.Namespace:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base", type=Path, help="folder of the model")
    parser.add_argument("packs", type=Path, help="folder with train.jsonl and held.jsonl")
    parser.add_argument("out", type=Path, help="folder to write")
    parser.add_argument("--adapter", action="store_true", help="write the adapter alone, not merged")
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--rate", type=float, default=2e-4, help="highest learning rate")
    parser.add_argument("--examples", type=int, default=20_000, help="most examples to learn from")
    parser.add_argument("--longest", type=int, default=2048, help="longest example, in tokens")
    parser.add_argument("--seed", type=int, default=SEED)
    return parser.parse_args()


def main() -> None:
    """Fine-tunes."""
    arguments = parse()
    torch.manual_seed(arguments.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    dtype = torch.bfloat16 if device == "cuda" else torch.float32
    tokenizer = AutoTokenizer.from_pretrained(arguments.base, local_files_only=True)
    base = AutoModelForCausalLM.from_pretrained(arguments.base, local_files_only=True, dtype=dtype).to(device)
    config = LoraConfig(
        r=arguments.rank, lora_alpha=2 * arguments.rank, target_modules="all-linear", task_type="CAUSAL_LM"
    )
    model = get_peft_model(base, config)
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
    rows = read_rows(arguments.packs / "train.jsonl", tokenizer, arguments.examples, arguments.longest)
    held = read_rows(arguments.packs / "held.jsonl", tokenizer, HELD, arguments.longest)
    before = loss_on(model, held, pad, device)
    print(f"{len(rows)} examples; loss on {len(held)} held-out ones before: {before:.4f}", flush=True)
    learn(model, rows, pad, device, arguments)
    after = loss_on(model, held, pad, device)
    done = model if arguments.adapter else model.merge_and_unload()
    done.save_pretrained(arguments.out)
    tokenizer.save_pretrained(arguments.out)
    (arguments.out / "serving.yaml").write_text(SERVING, encoding="utf-8")
    print(json.dumps({"loss_before": round(before, 4), "loss_after": round(after, 4), "out": str(arguments.out)}))


if __name__ == "__main__":
    main()
