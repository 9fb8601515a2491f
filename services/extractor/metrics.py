"""What the extractor counts. Labels are names of the contract, never anything that a customer wrote."""

from prometheus_client import Counter, Histogram

READINGS = Counter("pulpo_extractor_readings_total", "Messages read, by intent and source.", ["intent", "source"])
CONFIDENCE = Histogram(
    "pulpo_extractor_confidence",
    "Confidence of the intent.",
    ["source"],
    buckets=(0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0),
)
BROKEN = Counter("pulpo_extractor_broken_slots_total", "Slots left out because they broke extractor_v1.", ["source"])
RUNGS = Counter(
    "pulpo_extractor_rungs_total",
    "Rungs tried on the slm track and what came of them (ok, or why the next one was tried).",
    ["stage", "rung", "reason"],
)
MODEL_SECONDS = Histogram(
    "pulpo_extractor_model_seconds",
    "Waits for a model, whatever came of them.",
    ["stage", "rung"],
    buckets=(0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.35, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0, 10.0),
)
MODEL_TOKENS = Counter(
    "pulpo_extractor_model_tokens_total",
    "Tokens of models' prompts (cached: those from the prefix cache) and completions.",
    ["stage", "rung", "kind"],
)
