"""What NLG counts. Labels are intents, stages and languages, never anything that a customer wrote."""

from prometheus_client import Counter

from runtime.models.metrics import ModelMetrics

REPLIES = Counter("pulpo_nlg_replies_total", "Replies written.", ["intent", "next_state", "locale"])
HANDOVERS = Counter("pulpo_nlg_handovers_total", "Replies that ask for a person.", ["intent"])
INVALID_REPLIES = Counter(
    "pulpo_nlg_invalid_replies_total", "Replies that broke response_v1, never returned.", ["intent"]
)
MODELS = ModelMetrics.of("nlg", "respond")
"""Of the model that words replies anew on the slm track."""
