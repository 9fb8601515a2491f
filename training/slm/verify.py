"""Holds an exported model against transformers: same tokens by the chat template, same numbers, tokens that
spell what they came from, an intent and each key as one token. Prints what it found; status 1 if anything differs.

    python -m training.slm.verify models/extractor-slm PACKS.jsonl
"""

import argparse
import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from training.slm.batches import batch_of, padded
from training.slm.model import Decoder, Shape
from training.slm.packs import Pack, read_packs
from training.slm.tokenizer import pieces, words_of

CLOSE = 0.02
"""Largest difference of two scores, which are around ten, when both are computed in float32."""
ROWS = 12


def read_model(folder: Path) -> Decoder:
    """An exported model, in float32."""
    told = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    shape = Shape(
        told["vocab_size"], told["hidden_size"], told["num_hidden_layers"], told["num_attention_heads"],
        told["intermediate_size"], told["max_position_embeddings"], told["rope_theta"],
    )  # fmt: skip
    model = Decoder(shape)
    model.load_state_dict({name: weight.float() for name, weight in load_file(folder / "model.safetensors").items()})
    return model


def problems(folder: Path, pack: Pack) -> list[str]:
    """What differs, one line each."""
    words, model = words_of(folder), read_model(folder)
    theirs = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    batch = batch_of(pack, words.encode, words.marks)
    table = torch.tensor(padded(batch.rows, words.pad))
    with torch.no_grad():
        ours = model.logits(model.hidden(torch.tensor(batch.prefix), [table])[0])
    found = [f"{piece!r} is no single token" for piece in pieces() if len(words.encode(piece)) != 1]
    for at, (example, row) in enumerate(zip(pack.examples, batch.rows, strict=True)):
        texts = (example.turn, example.answer, pack.business)
        found += [
            f"row {at}: {text!r} is spelt otherwise" for text in texts if words.decode(words.encode(text)) != text
        ]
        chat = [
            {"role": "system", "content": pack.system},
            {"role": "user", "content": pack.user(example)},
            {"role": "assistant", "content": example.answer},
        ]
        tokens = words.encode(str(tokenizer.apply_chat_template(chat, tokenize=False)))
        if tokens != [*batch.prefix, *row.tokens]:
            found.append(f"row {at}: the chat template gives other tokens than training")
            continue
        with torch.no_grad():
            expected = theirs(torch.tensor([tokens])).logits[0, len(batch.prefix) :]
        gap = float((ours[at, : len(row.tokens)] - expected).abs().max())
        if gap > CLOSE:
            found.append(f"row {at}: scores differ by {gap:.4f}")
    return found


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("packs", type=Path)
    arguments = parser.parse_args()
    pack = next(read_packs(arguments.packs))
    found = problems(arguments.folder, Pack(pack.system, pack.business, pack.examples[:ROWS]))
    print("\n".join(found) or f"{ROWS} examples: same tokens, same scores as transformers")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
