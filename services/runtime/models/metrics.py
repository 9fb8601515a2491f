"""What a service counts of its models. Labels are names of rungs and reasons, never what anybody wrote."""

from dataclasses import dataclass

from prometheus_client import Counter, Histogram


@dataclass(frozen=True)
class ModelMetrics:
    """The counters of one stage."""

    stage: str
    """Label of all of them, e.g. "extract"."""
    rungs: Counter
    """Rungs tried, by rung and reason."""
    seconds: Histogram
    """Waits, by rung."""
    tokens: Counter
    """Tokens, by rung and kind."""

    @staticmethod
    def of(service: str, stage: str) -> "ModelMetrics":
        """Registers a service's, named pulpo_<service>_… Once in a process."""
        return ModelMetrics(
            stage,
            Counter(
                f"pulpo_{service}_rungs_total",
                "Rungs tried on the slm track and what came of them (ok, or why the next one was tried).",
                ["stage", "rung", "reason"],
            ),
            Histogram(
                f"pulpo_{service}_model_seconds",
                "Waits for a model, whatever came of them.",
                ["stage", "rung"],
                buckets=(0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.35, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0, 10.0),
            ),
            Counter(
                f"pulpo_{service}_model_tokens_total",
                "Tokens of models' prompts (cached: those from the prefix cache) and completions.",
                ["stage", "rung", "kind"],
            ),
        )
