"""What the extractor counts. Labels are names of the contract, never anything that a customer wrote."""

from prometheus_client import Counter, Histogram

from runtime.models.metrics import ModelMetrics

READINGS = Counter("pulpo_extractor_readings_total", "Messages read, by intent and source.", ["intent", "source"])
CONFIDENCE = Histogram(
    "pulpo_extractor_confidence",
    "Confidence of the intent.",
    ["source"],
    buckets=(0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0),
)
BROKEN = Counter("pulpo_extractor_broken_slots_total", "Slots left out because they broke extractor_v1.", ["source"])
OVER_BUDGET = Counter("pulpo_extractor_over_budget_total", "Messages that were too much work to read.")
ASKED = Counter(
    "pulpo_extractor_asked_total",
    "Messages on the slm track, by why a model was asked (always, intent, two_ways, doubt, unread) or was not (sure, "
    "forbidden).",
    ["why"],
)
SHADOW = Counter(
    "pulpo_extractor_shadow_total",
    "Messages that code was sure of and a model was asked about all the same, by what it would have changed.",
    ["outcome"],
)
MODELS = ModelMetrics.of("extractor", "extract")
"""Of models on the slm track."""
