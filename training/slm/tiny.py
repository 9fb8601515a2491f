"""Makes a tiny decoder of Qwen2's shape with random weights and a tokenizer of its own.

It knows nothing. It is for exercising a real engine: whatever it writes must still keep to the schema.
Needs torch, transformers and tokenizers (the environment of `make test-vllm`).

    python -m training.slm.tiny FOLDER
"""

import argparse
import json
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

ROOT = Path(__file__).resolve().parents[2]
TEXTS = (
    "services/extractor/slm/prompt.yaml",
    "k8s/base/workspaces/estudio-pulpo.yaml",
)
VOCABULARY = 2048
LENGTH = 4096
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def make_tokenizer(texts: list[str]) -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer learnt from the texts."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token="<|im_end|>",  # noqa: S106 - a token of text
        pad_token="<|endoftext|>",  # noqa: S106
        chat_template=CHAT_TEMPLATE,
        model_max_length=LENGTH,
    )


def make_model(vocabulary: int, end: int) -> Qwen2ForCausalLM:
    """Narrow and deep: a million parameters, and yet a step takes some milliseconds. With a step that takes less
    than the engine's HTTP process needs for what comes out of it, that process answers nothing else meanwhile."""
    torch.manual_seed(7)
    return Qwen2ForCausalLM(
        Qwen2Config(
            vocab_size=vocabulary,
            hidden_size=64,
            intermediate_size=128,
            num_hidden_layers=24,
            num_attention_heads=2,
            num_key_value_heads=2,
            max_position_embeddings=LENGTH,
            tie_word_embeddings=True,
            eos_token_id=end,
            bos_token_id=None,
        )
    )


def main() -> None:
    """Writes the model's folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    tokenizer = make_tokenizer([(ROOT / name).read_text(encoding="utf-8") for name in TEXTS])
    model = make_model(len(tokenizer), tokenizer.convert_tokens_to_ids("<|im_end|>"))
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder)
    print(json.dumps({"folder": str(folder), "parameters": model.num_parameters(), "tokens": len(tokenizer)}))


if __name__ == "__main__":
    main()
