"""What the planner counts. Labels are intents and tool names, never anything that a customer wrote."""

from prometheus_client import Counter

from runtime.models.metrics import ModelMetrics

PLANS = Counter("pulpo_planner_plans_total", "Plans made, by intent and tool (none when idle).", ["intent", "tool"])
INVALID_PLANS = Counter("pulpo_planner_invalid_plans_total", "Plans that broke their form, never returned.", ["intent"])
DIVERGENCES = Counter(
    "pulpo_planner_divergences_total",
    "In what valid plans of models differed from the rules' (none when in nothing), and what was decided.",
    ["rung", "kind", "decision"],
)
MODELS = ModelMetrics.of("planner", "plan")
"""Of models on the slm track."""
