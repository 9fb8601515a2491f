"""What the agenda counts."""

from prometheus_client import Counter, Histogram

TOOL_CALLS = Counter(
    "pulpo_agenda_tool_calls_total",
    "Tool calls by outcome (ok, no, error) and, for the last two, reason.",
    ["tool", "outcome", "reason"],
)
TOOL_SECONDS = Histogram(
    "pulpo_agenda_tool_seconds",
    "Duration of a tool call.",
    ["tool"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
)
