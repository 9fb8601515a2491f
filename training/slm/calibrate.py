"""Fits how a model's probability becomes a confidence, on templates that it was not trained on, and writes
the table into the model's serving.yaml.

    python -m training.slm.calibrate build/slm models/extractor-slm/serving.yaml
"""

import argparse
import re
from itertools import islice
from pathlib import Path

import torch

from training.slm.calibrate_table import table_of, written
from training.slm.evaluate import intents
from training.slm.export import load
from training.slm.packs import read_packs
from training.slm.tokenizer import words_of

PACKS = 40
_LINE = re.compile(r'^calibration: ".*"$', re.MULTILINE)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("serving", type=Path)
    parser.add_argument("--packs", type=int, default=PACKS)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    words, model = words_of(arguments.folder / "tokenizer"), load(arguments.folder)
    rows = [
        (share, intent == example.intent)
        for pack in islice(read_packs(arguments.folder / "held.jsonl"), arguments.packs)
        for example, (intent, share) in zip(pack.examples, intents(model, words, pack), strict=True)
    ]
    told = written(table_of(rows))
    text = arguments.serving.read_text(encoding="utf-8")
    arguments.serving.write_text(_LINE.sub(f'calibration: "{told}"', text), encoding="utf-8")
    print(
        f"{len(rows)} messages of held-out templates, intent {sum(right for _, right in rows) / len(rows):.4f}: {told}"
    )


if __name__ == "__main__":
    main()
