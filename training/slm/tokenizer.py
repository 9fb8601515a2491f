"""The tokenizer of the extractor's model: byte-level BPE learnt from the corpus, with the answer's fixed
pieces as single tokens, so that an answer is short and the probability of an intent is one token's.

A blank is a token of its own and digits stand alone, so that a name, an e-mail or a phone is made of the same tokens
in the message and in the answer. Needs `tokenizers` and `transformers`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from training.slm.packs import Pack, read_packs

VOCABULARY = 2560
LENGTH = 2048
PAD, END = "<|pad|>", "<|end|>"
ROLES = ("<|system|>", "<|user|>", "<|answer|>")
INTENTS = (
    "greeting", "info_services", "info_prices", "info_hours", "book", "cancel", "reschedule", "chitchat", "other",
)  # fmt: skip
SLOTS = (
    "service_type", "preferred_date", "preferred_time", "staff_name", "client_name", "client_email", "client_phone",
    "booking_id",
)  # fmt: skip
_STARTS = {"preferred_date": "20", "client_phone": "+", "booking_id": "PB-"}
"""How the values of some slots always begin."""
CHAT_TEMPLATE = (
    "{% for message in messages %}{{ '<|answer|>' if message.role == 'assistant' else '<|' + message.role + '|>' }}"
    "{{ message.content }}{% if message.role == 'assistant' %}<|end|>{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|answer|>{% endif %}"
)
_WORDS = Regex(r"[\p{L}\p{M}]+|[0-9]|\n|[^\p{L}\p{M}0-9]")


def pieces() -> list[str]:
    """The answer's fixed pieces: heads with their intent, keys of slots, ends, and months and minutes."""
    heads = [f'{{"intent":"{intent}","slots":{{' for intent in INTENTS]
    keys = [f'"{slot}":"{_STARTS.get(slot, "")}' for slot in SLOTS]
    months = [f"-{month:02d}-" for month in range(1, 13)]
    return [*heads, *keys, *(f'",{key}' for key in keys), '"}}', "}}", *months, ":00", ":15", ":30", ":45", *SLOTS]


def make_tokenizer(texts: Iterator[str]) -> PreTrainedTokenizerFast:
    """Learns the tokenizer from texts."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(_WORDS, "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY - len(pieces()),
        min_frequency=3,
        special_tokens=[PAD, END, *ROLES],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_tokens([AddedToken(piece, normalized=False, special=False) for piece in pieces()])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=END,
        pad_token=PAD,
        chat_template=CHAT_TEMPLATE,
        model_max_length=LENGTH,
        clean_up_tokenization_spaces=False,
    )


def texts_of(packs: Iterator[Pack]) -> Iterator[str]:
    """What a tokenizer is learnt from: every turn, every answer, each shared beginning once."""
    for pack in packs:
        yield f"{pack.system}\n{pack.business}"
        for example in pack.examples:
            yield example.turn
            yield example.answer


def learn(file: Path, packs: int) -> PreTrainedTokenizerFast:
    """A tokenizer learnt from the first packs of a file."""
    return make_tokenizer(texts_of(pack for _, pack in zip(range(packs), read_packs(file), strict=False)))


@dataclass(frozen=True)
class Words:
    """A tokenizer as a trainer needs it."""

    encode: Callable[[str], list[int]]
    decode: Callable[[list[int]], str]
    size: int
    marks: tuple[int, int, int, int]
    """Before the system's, the user's and the model's words; the end."""
    pad: int
    heads: range
    """The tokens of the intents, in their order."""


def words_of(folder: Path) -> Words:
    """A saved tokenizer."""
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    first = tokenizer.convert_tokens_to_ids(pieces()[0])
    return Words(
        encode=lambda text: list(tokenizer.encode(text, add_special_tokens=False)),
        decode=lambda tokens: str(tokenizer.decode(tokens)),
        size=len(tokenizer),
        marks=tuple(tokenizer.convert_tokens_to_ids([*ROLES, END])),
        pad=tokenizer.convert_tokens_to_ids(PAD),
        heads=range(first, first + len(INTENTS)),
    )
