"""Environment variables of the planner."""

from pydantic import Field

from runtime.models.backend import Backend
from runtime.models.settings import FallbackSettings, ServerUrl


class PlannerSettings(FallbackSettings):
    """What the planner reads from its environment, besides what every service reads."""

    planner_port: int = Field(default=50052, ge=0, le=65535)
    """PULPO_PLANNER_PORT. Port of the gRPC server; 0 for any free one."""
    planner_metrics_port: int = Field(default=9052, ge=0, le=65535)
    """PULPO_PLANNER_METRICS_PORT. Port of /metrics over HTTP; 0 for none."""
    slm_planner_url: ServerUrl = Field(default="", validation_alias="SLM_PLANNER_URL")
    """SLM_PLANNER_URL. Base URL of an OpenAI-compatible server, e.g. http://vllm:8000/v1; no model when empty."""
    slm_planner_model: str = Field(default="", validation_alias="SLM_PLANNER_MODEL")
    """SLM_PLANNER_MODEL. The name that it serves the model under."""
    slm_planner_timeout_ms: int = Field(default=800, ge=10, le=10_000, validation_alias="SLM_PLANNER_TIMEOUT_MS")
    """SLM_PLANNER_TIMEOUT_MS. Longest wait for a model's plan, never longer than the caller waits."""
    slm_planner_max_tokens: int = Field(default=512, ge=16, le=1024, validation_alias="SLM_PLANNER_MAX_TOKENS")
    """SLM_PLANNER_MAX_TOKENS. Most tokens of one plan."""

    def nameless_models(self) -> list[str]:
        """One line for each model that is asked for without its name."""
        nameless = self.slm_planner_url and not self.slm_planner_model
        own = ["SLM_PLANNER_MODEL: expected together with SLM_PLANNER_URL"] if nameless else []
        return own + super().nameless_models()

    def backends(self) -> tuple[Backend, ...]:
        """The model servers to ask, best first; none without SLM_PLANNER_URL."""
        if not self.slm_planner_url:
            return ()
        first = self.backend("slm", self.slm_planner_url, self.slm_planner_model, self.slm_planner_timeout_ms)
        return self.with_fallback(first)
