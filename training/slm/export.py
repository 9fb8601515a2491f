"""Writes a checkpoint as a folder that transformers and vLLM load.

    python -m training.slm.export build/slm models/extractor-slm

Weights are bfloat16. `--untrained` writes random weights of the same shape instead, to try an engine with.
"""

import argparse
import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file

from training.slm.model import Decoder, Shape
from training.slm.tokenizer import Words, words_of

GENERATION = {"do_sample": False}


def export(model: Decoder, words: Words, tokenizer: Path, folder: Path) -> int:
    """Writes the folder; how many parameters the model has."""
    folder.mkdir(parents=True, exist_ok=True)
    end = words.marks[3]
    weights = {name: weight.detach().to(torch.bfloat16).contiguous() for name, weight in model.state_dict().items()}
    save_file(weights, str(folder / "model.safetensors"), metadata={"format": "pt"})
    for name, document in (
        ("config.json", model.shape.config(end, words.pad)),
        ("generation_config.json", {**GENERATION, "eos_token_id": end, "pad_token_id": words.pad}),
    ):
        (folder / name).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    for file in sorted(tokenizer.iterdir()):
        shutil.copyfile(file, folder / file.name)
    return sum(weight.numel() for weight in weights.values())


def load(folder: Path) -> Decoder:
    """The model of a training folder's checkpoint."""
    state = torch.load(folder / "checkpoint.pt", weights_only=True)
    model = Decoder(Shape(**state["shape"]))
    model.load_state_dict(state["model"])
    return model


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="training folder")
    parser.add_argument("out", type=Path)
    parser.add_argument("--untrained", action="store_true")
    arguments = parser.parse_args()
    words = words_of(arguments.folder / "tokenizer")
    model = Decoder(Shape(words.size)) if arguments.untrained else load(arguments.folder)
    count = export(model, words, arguments.folder / "tokenizer", arguments.out)
    print(json.dumps({"folder": str(arguments.out), "parameters": count}))


if __name__ == "__main__":
    main()
