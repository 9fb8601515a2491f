"""The intent model as one workspace's reader uses it: loaded once, with the business's own names."""

from collections.abc import Mapping
from functools import cache

from extractor.intent.intent_model import IntentModel, Prediction
from extractor.intent.intent_text import Lexicon
from extractor.reading.message import MessageInContext
from workspace.model import Workspace

TAUGHT = frozenset(("es", "pt", "en"))
"""Languages of the corpus that the model, and how it is blended with the cue words, were made with."""
TOPIC_SURE = 0.8
"""Probability from which the model names a topic that the rules did not see."""
_TOPIC_INTENTS: Mapping[str, str] = {
    "human": "other", "address": "other", "payment": "other", "my_appointment": "other", "complaint": "other",
    "late": "other", "media": "other", "promotions": "info_prices", "packages": "info_prices",
    "duration": "info_services", "staff": "info_services", "thanks": "chitchat", "goodbye": "chitchat",
}  # fmt: skip


@cache
def shared_model() -> IntentModel:
    """The trained model of this image. Raises OSError or ValueError when its weights cannot be used."""
    return IntentModel.load()


def lexicon_of(workspace: Workspace) -> Lexicon:
    """The names that a workspace's manifest knows."""
    services = [word for service in workspace.services for word in (service.name, *service.aliases)]
    staff = [word for member in workspace.staff for word in (member.name, *member.aliases)]
    return Lexicon(services, workspace.not_offered, staff)


class Statistical:
    """Reads messages with the model. Safe to share between threads."""

    def __init__(self, workspace: Workspace, model: IntentModel | None = None) -> None:
        self._model = model or shared_model()
        self._lexicon = lexicon_of(workspace)

    @property
    def version(self) -> str:
        """Name and version of the weights."""
        return self._model.version

    def predict(self, message: MessageInContext) -> Prediction:
        """What the model alone says of a message."""
        return self._model.predict(message.text, message.asked_slot or "", message.active_intent or "", self._lexicon)


def topic_of(prediction: Prediction, intent: str) -> str | None:
    """The topic that the model is sure of, where it fits the intent; None otherwise.

    What is not offered and what is given up are left to the rules, which know the business and the
    question.
    """
    topic = prediction.topic
    fits = _TOPIC_INTENTS.get(topic) == intent
    return topic if fits and prediction.topics[topic] >= TOPIC_SURE else None
