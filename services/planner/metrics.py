"""What the planner counts. Labels are intents and tool names, never anything that a customer wrote."""

from prometheus_client import Counter, Histogram

PLANS = Counter("pulpo_planner_plans_total", "Plans made, by intent and tool (none when idle).", ["intent", "tool"])
INVALID_PLANS = Counter("pulpo_planner_invalid_plans_total", "Plans that broke planner_v1, never returned.", ["intent"])
RUNGS = Counter(
    "pulpo_planner_rungs_total",
    "Rungs tried on the slm track and what came of them (ok, or why the next one was tried).",
    ["stage", "rung", "reason"],
)
DIVERGENCES = Counter(
    "pulpo_planner_divergences_total",
    "In what valid plans of models differed from the rules' (none when in nothing), and what was decided.",
    ["rung", "kind", "decision"],
)
MODEL_SECONDS = Histogram(
    "pulpo_planner_model_seconds",
    "Waits for a model, whatever came of them.",
    ["stage", "rung"],
    buckets=(0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.35, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0, 10.0),
)
MODEL_TOKENS = Counter(
    "pulpo_planner_model_tokens_total",
    "Tokens of models' prompts (cached: those from the prefix cache) and completions.",
    ["stage", "rung", "kind"],
)
