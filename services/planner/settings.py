"""Settings of the planner."""

from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from planner.slm_backend import Backend
from runtime.settings import Settings


class PlannerSettings(Settings):
    """What the planner reads from its environment, besides what every service reads."""

    planner_port: int = Field(default=50052, ge=0, le=65535)
    """PULPO_PLANNER_PORT. Port of the gRPC server; 0 for any free one."""
    planner_metrics_port: int = Field(default=9052, ge=0, le=65535)
    """PULPO_PLANNER_METRICS_PORT. Port of /metrics over HTTP; 0 for none."""
    slm_planner_url: str = Field(default="", validation_alias="SLM_PLANNER_URL")
    """SLM_PLANNER_URL. Base URL of an OpenAI-compatible server, e.g. http://vllm:8000/v1; no model when empty."""
    slm_planner_model: str = Field(default="", validation_alias="SLM_PLANNER_MODEL")
    """SLM_PLANNER_MODEL. The name that it serves the model under."""
    slm_planner_timeout_ms: int = Field(default=800, ge=10, le=10_000, validation_alias="SLM_PLANNER_TIMEOUT_MS")
    """SLM_PLANNER_TIMEOUT_MS. Longest wait for a model's plan, never longer than the caller waits."""
    slm_planner_max_tokens: int = Field(default=512, ge=16, le=1024, validation_alias="SLM_PLANNER_MAX_TOKENS")
    """SLM_PLANNER_MAX_TOKENS. Most tokens of one plan."""
    slm_fallback_to_llm: bool = Field(default=False, validation_alias="SLM_FALLBACK_TO_LLM")
    """SLM_FALLBACK_TO_LLM. Whether a second, larger model is asked before the rules plan alone."""
    slm_fallback_to_llm_url: str = Field(default="", validation_alias="SLM_FALLBACK_TO_LLM_URL")
    """SLM_FALLBACK_TO_LLM_URL. Its base URL; that of the first when empty."""
    slm_fallback_to_llm_model: str = Field(default="", validation_alias="SLM_FALLBACK_TO_LLM_MODEL")
    """SLM_FALLBACK_TO_LLM_MODEL. The name that it is served under."""
    slm_fallback_to_llm_timeout_ms: int = Field(
        default=1200, ge=10, le=10_000, validation_alias="SLM_FALLBACK_TO_LLM_TIMEOUT_MS"
    )
    """SLM_FALLBACK_TO_LLM_TIMEOUT_MS. Longest wait for it."""
    slm_api_key: SecretStr = Field(default=SecretStr(""), validation_alias="SLM_API_KEY")
    """SLM_API_KEY. Sent as a bearer token; none when empty."""

    @field_validator("slm_planner_url", "slm_fallback_to_llm_url")
    @classmethod
    def _urls_are_whole(cls, text: str) -> str:
        parts = urlsplit(text)
        if text and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment):
            raise ValueError("expected a URL like http://vllm:8000/v1")
        return text.rstrip("/")

    @model_validator(mode="after")
    def _models_are_named(self) -> Self:
        problems = []
        if self.slm_planner_url and not self.slm_planner_model:
            problems.append("SLM_PLANNER_MODEL: expected together with SLM_PLANNER_URL")
        if self.slm_fallback_to_llm and not self.slm_fallback_to_llm_model:
            problems.append("SLM_FALLBACK_TO_LLM_MODEL: expected together with SLM_FALLBACK_TO_LLM")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def backends(self) -> tuple[Backend, ...]:
        """The model servers to ask, best first; none without SLM_PLANNER_URL."""
        if not self.slm_planner_url:
            return ()
        key, url = self.slm_api_key.get_secret_value(), self.slm_planner_url
        first = Backend("slm", url, self.slm_planner_model, self.slm_planner_timeout_ms / 1000, key)
        if not self.slm_fallback_to_llm:
            return (first,)
        url, wait = self.slm_fallback_to_llm_url or url, self.slm_fallback_to_llm_timeout_ms / 1000
        return (first, Backend("llm", url, self.slm_fallback_to_llm_model, wait, key))
