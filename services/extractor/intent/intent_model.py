"""The compact CPU intent model: hashed features, two linear softmax heads, calibrated by temperature.

The weights are made by `python -m training.train_intent`; see training/MODEL_CARD.md. Only numpy is
needed to run it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt

from extractor.intent.features import SIZE, featurise
from extractor.intent.intent_text import NO_LEXICON, Lexicon

WEIGHTS = Path(__file__).with_name("weights") / "intent.npz"
"""Where the trained weights lie."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Prediction:
    """Probabilities of one message. Each mapping sums to 1."""

    intents: dict[str, float]
    """Intent name, as in the workspace's vocabulary ("book"), to its probability."""
    topics: dict[str, float]
    """Topic name ("address", "none") to its probability."""

    @property
    def intent(self) -> str:
        """The most likely intent."""
        return max(self.intents, key=self.intents.__getitem__)

    @property
    def topic(self) -> str:
        """The most likely topic; "none" when nothing finer is likely."""
        return max(self.topics, key=self.topics.__getitem__)

    @property
    def confidence(self) -> float:
        """Probability of the most likely intent."""
        return max(self.intents.values())


@dataclass(frozen=True)
class Head:
    """One softmax over names."""

    names: tuple[str, ...]
    columns: slice
    temperature: float


class IntentModel:
    """Reads a message in its context. Stateless and safe to share between threads."""

    def __init__(self, weights: Floats, bias: Floats, heads: tuple[Head, Head], version: str) -> None:
        if weights.shape[0] != SIZE or weights.shape[1] != bias.shape[0]:
            raise ValueError(f"expected weights of {SIZE} rows and as many columns as biases, got {weights.shape}")
        self._weights, self._bias, self._heads, self.version = weights, bias, heads, version

    @classmethod
    def load(cls, file: Path = WEIGHTS) -> "IntentModel":
        """Reads the weights from an .npz file. Raises OSError or ValueError when it cannot be used."""
        with np.load(file, allow_pickle=False) as data:
            weights = data["weights"].astype(np.float32)
            intents, topics = data["intents"].tolist(), data["topics"].tolist()
            temperatures = data["temperatures"].tolist()
            version = str(data["version"])
            bias = data["bias"].astype(np.float32)
        cut = len(intents)
        heads = (
            Head(tuple(intents), slice(0, cut), temperatures[0]),
            Head(tuple(topics), slice(cut, cut + len(topics)), temperatures[1]),
        )
        return cls(weights, bias, heads, version)

    def predict(
        self, text: str, asked_slot: str = "", active_intent: str = "", lexicon: Lexicon = NO_LEXICON
    ) -> Prediction:
        """Probabilities of intents and topics.

        `asked_slot` and `active_intent` are empty when there is none; `lexicon` holds the names of the
        business. Text beyond 4096 characters is not read.
        """
        places, values = featurise(text, asked_slot, active_intent, lexicon)
        logits = np.asarray(values, dtype=np.float32) @ self._weights[places] + self._bias
        intents, topics = (_softmax(logits[head.columns] / head.temperature, head.names) for head in self._heads)
        return Prediction(intents, topics)


def _softmax(logits: Floats, names: tuple[str, ...]) -> dict[str, float]:
    odds = np.exp((logits - logits.max()).astype(np.float64))
    return dict(zip(names, cast(list[float], (odds / odds.sum()).tolist()), strict=True))
