"""Trains the extractor's model from scratch on packs. Goes on where an interrupted run stopped.

    python -m training.slm.train build/slm --steps 6000 --workers 2

Reads train.jsonl and held.jsonl of the folder; writes tokenizer/, checkpoint.pt and log lines there. Each
worker is a process with one thread that computes one pack a step; gradients are averaged. The same seed,
steps and workers give the same run but for rounding. Needs torch (requirements/train-slm.in).
"""

import argparse
import math
import random
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor
from torch import multiprocessing as mp
from torch.nn import functional

from training.slm.batches import Batch, batch_of, grouped, labels, padded, weights
from training.slm.model import Decoder, Shape
from training.slm.packs import Pack, read_packs
from training.slm.tokenizer import Words, learn, words_of

SEED = 20261123
PEAK, FLOOR = 2.5e-3, 0.03
"""Highest learning rate, and the share of it at the end."""
WARM_UP = 100
DECAY = 0.05
CLIP = 1.0
GROUP = 16
"""Rows that are filled up to one width."""
INTENT_WEIGHT = 3.0
"""How much more than another token of an answer the one of the intent counts."""
TURN_WEIGHT, TURN_SHARE = 0.4, 0.3
"""How much a token of the turn counts, and the share of them that does: a small model learns the language
sooner when it foresees messages, too."""
SAVE_EVERY_S = 240
SAY_EVERY = 50
HELD_PACKS = 6


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--minutes", type=float, default=0, help="longest time; the schedule is shortened to it")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=SEED)
    arguments = parser.parse_args()
    folder: Path = arguments.folder
    if not (folder / "tokenizer" / "tokenizer.json").exists():
        learn(folder / "train.jsonl", 1500).save_pretrained(folder / "tokenizer")
    meeting = folder / "workers"
    meeting.unlink(missing_ok=True)
    mp.spawn(_work, (arguments,), nprocs=arguments.workers)


def _work(rank: int, arguments: argparse.Namespace) -> None:
    """One worker."""
    torch.set_num_threads(1)
    folder: Path = arguments.folder
    store = f"file://{(folder / 'workers').resolve()}"
    dist.init_process_group("gloo", init_method=store, rank=rank, world_size=arguments.workers)
    run = Run(folder, arguments)
    packs = _shuffled(list(read_packs(folder / "train.jsonl")), rank, arguments, run.step)
    while not run.is_done():
        run.learn(batch_of(next(packs), run.words.encode, run.words.marks))
        if rank == 0:
            run.report()
        if run.saves_now():
            run.save(rank)
    run.save(rank)
    dist.destroy_process_group()


def _shuffled(packs: list[Pack], rank: int, arguments: argparse.Namespace, start: int) -> Iterator[Pack]:
    """The packs of one worker, each epoch in another order, from a step on."""
    at = 0
    for epoch in range(1000):
        order = list(range(len(packs)))
        random.Random(f"{arguments.seed} {epoch}").shuffle(order)
        for index in order[rank :: arguments.workers][: len(packs) // arguments.workers]:
            at += 1
            if at > start:
                yield packs[index]


class Run:
    """A training run: model, optimiser, and where it stands."""

    def __init__(self, folder: Path, arguments: argparse.Namespace) -> None:
        torch.manual_seed(arguments.seed)
        self.words: Words = words_of(folder / "tokenizer")
        self._folder, self._steps, self._limit_s = folder, arguments.steps, 60 * arguments.minutes
        self._shape = Shape(self.words.size)
        self._model = Decoder(self._shape)
        tables = [weight for weight in self._model.parameters() if weight.dim() > 1]
        scales = [weight for weight in self._model.parameters() if weight.dim() == 1]
        groups = [{"params": tables, "weight_decay": DECAY}, {"params": scales, "weight_decay": 0.0}]
        self._optimiser = torch.optim.AdamW(groups, lr=PEAK, betas=(0.9, 0.98), fused=True)
        self.step, self._spent_s, self._since = 0, 0.0, time.monotonic()
        self._saved_s, self._now = 0.0, 0.0
        self._losses: list[float] = []
        held = read_packs(folder / "held.jsonl")
        self._held = [batch_of(pack, self.words.encode, self.words.marks) for _, pack in zip(range(HELD_PACKS), held)]  # noqa: B905
        if (folder / "checkpoint.pt").exists():
            self._load(torch.load(folder / "checkpoint.pt", weights_only=True))

    def is_done(self) -> bool:
        """Whether the schedule has ended, for all workers alike."""
        self._now = self._agreed(self._progress())
        return self._now >= 1

    def learn(self, batch: Batch) -> None:
        """One step on one pack of each worker."""
        progress = self._now
        rate = (
            PEAK * min(1.0, (self.step + 1) / WARM_UP) * (FLOOR + (1 - FLOOR) * (1 + math.cos(math.pi * progress)) / 2)
        )
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        loss, _ = loss_of(self._model, batch, self.words)
        loss.backward()
        _average([weight.grad for weight in self._model.parameters() if weight.grad is not None])
        torch.nn.utils.clip_grad_norm_(self._model.parameters(), CLIP)
        self._optimiser.step()
        self._optimiser.zero_grad()
        self.step += 1
        self._losses.append(float(loss.detach()))

    def report(self) -> None:
        """A line now and then."""
        if self.step % SAY_EVERY:
            return
        line = f"step {self.step}  {self._now:.1%}  loss {sum(self._losses) / len(self._losses):.4f}"
        if self.step % (4 * SAY_EVERY) == 0:
            with torch.no_grad():
                held = [loss_of(self._model, batch, self.words, 0) for batch in self._held]
            right = sum(right for _, right in held) / len(held)
            line += f"  held out: loss {sum(float(loss) for loss, _ in held) / len(held):.4f}, intent {right:.4f}"
        self._losses.clear()
        print(f"{line}  ({self._elapsed_s() / 60:.1f} min)", flush=True)

    def saves_now(self) -> bool:
        """Whether it is time for a checkpoint, for all workers alike."""
        return self._agreed(self._elapsed_s() - self._saved_s) > SAVE_EVERY_S

    def save(self, rank: int) -> None:
        """Writes the checkpoint."""
        self._saved_s = self._elapsed_s()
        if rank == 0:
            held = self._folder / "checkpoint.tmp"
            state = {"model": self._model.state_dict(), "optimiser": self._optimiser.state_dict()}
            torch.save({**state, "shape": asdict(self._shape), "step": self.step, "spent_s": self._elapsed_s()}, held)
            held.replace(self._folder / "checkpoint.pt")

    def _load(self, state: dict[str, Any]) -> None:
        self._model.load_state_dict(state["model"])
        self._optimiser.load_state_dict(state["optimiser"])
        self.step, self._spent_s = state["step"], state["spent_s"]
        self._saved_s = self._spent_s

    def _progress(self) -> float:
        by_time = self._elapsed_s() / self._limit_s if self._limit_s else 0.0
        return float(max(self.step / self._steps, by_time))

    def _elapsed_s(self) -> float:
        return self._spent_s + time.monotonic() - self._since

    @staticmethod
    def _agreed(value: float) -> float:
        """The largest of the workers' values."""
        shared = torch.tensor([value])
        dist.all_reduce(shared, dist.ReduceOp.MAX)
        return float(shared)


def loss_of(model: Decoder, batch: Batch, words: Words, of_turn: float = TURN_WEIGHT) -> tuple[Tensor, float]:
    """Loss over a pack, and the share of right intents."""
    groups = grouped(batch.rows, GROUP)
    tables = [torch.tensor(padded(group, words.pad)) for group in groups]
    sized = [(group, table.shape[1]) for group, table in zip(groups, tables, strict=True)]
    wanted = torch.cat([torch.tensor(labels(group, width)).flatten() for group, width in sized])
    share = torch.cat([torch.tensor(weights(group, width, of_turn)).flatten() for group, width in sized])
    counts = (share >= 1) | ((share > 0) & (torch.rand(share.shape) < TURN_SHARE))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        hidden = torch.cat([part.flatten(0, 1) for part in model.hidden(torch.tensor(batch.prefix), tables)])
        logits = model.logits(hidden[counts]).float()
    wanted, share = wanted[counts], share[counts]
    heads = (wanted >= words.heads.start) & (wanted < words.heads.stop)
    share = torch.where(heads, INTENT_WEIGHT, share)
    loss = (functional.cross_entropy(logits, wanted, reduction="none") * share).sum() / share.sum()
    return loss, float((logits[heads].argmax(-1) == wanted[heads]).float().mean())


def _average(gradients: list[Tensor]) -> None:
    """Replaces gradients by their mean over the workers."""
    if dist.get_world_size() == 1:
        return
    flat = torch.cat([gradient.flatten() for gradient in gradients])
    dist.all_reduce(flat)
    flat /= dist.get_world_size()
    for gradient, part in zip(gradients, flat.split([gradient.numel() for gradient in gradients]), strict=True):
        gradient.copy_(part.view_as(gradient))


if __name__ == "__main__":
    main()
