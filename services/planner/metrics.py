"""What the planner counts. Labels are intents and tool names, never anything that a customer wrote."""

from prometheus_client import Counter

PLANS = Counter("pulpo_planner_plans_total", "Plans made, by intent and tool (none when idle).", ["intent", "tool"])
INVALID_PLANS = Counter("pulpo_planner_invalid_plans_total", "Plans that broke their form, never returned.", ["intent"])
