"""Writes a GGUF file as a folder that transformers and vLLM read (safetensors, bfloat16), with its tokenizer and chat
template.

Run as a file by the environment of vLLM, which has torch, transformers and gguf; imports nothing of ours.

    python to_safetensors.py WEIGHTS.gguf FOLDER
"""

import argparse
from pathlib import Path


def convert(weights: Path, folder: Path) -> None:
    """Reads the weights, a gigabyte and a half of memory for each 0.5 · 10⁹ parameters, and writes the folder."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    told = {"gguf_file": weights.name, "local_files_only": True}
    tokenizer = AutoTokenizer.from_pretrained(weights.parent, **told)
    model = AutoModelForCausalLM.from_pretrained(weights.parent, dtype=torch.bfloat16, **told)
    model.hf_quantizer, model.is_quantized, model.quantization_method = (
        None,
        False,
        None,
    )  # no longer quantised
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path)
    parser.add_argument("folder", type=Path)
    told = parser.parse_args()
    convert(told.weights.resolve(), told.folder)


if __name__ == "__main__":
    main()
