"""Environment variables of NLG."""

from pydantic import Field

from runtime.models.backend import Backend
from runtime.models.settings import ModelSettings, ServerUrl


class NlgSettings(ModelSettings):
    """What NLG reads from its environment, besides what every service reads."""

    nlg_port: int = Field(default=50054, ge=0, le=65535)
    """PULPO_NLG_PORT. Port of the gRPC server; 0 for any free one."""
    nlg_metrics_port: int = Field(default=9054, ge=0, le=65535)
    """PULPO_NLG_METRICS_PORT. Port of /metrics over HTTP; 0 for none."""
    slm_response_url: ServerUrl = Field(default="", validation_alias="SLM_RESPONSE_URL")
    """SLM_RESPONSE_URL. Base URL of an OpenAI-compatible server, e.g. http://vllm:8000/v1; no model when empty."""
    slm_response_model: str = Field(default="", validation_alias="SLM_RESPONSE_MODEL")
    """SLM_RESPONSE_MODEL. The name that it serves the model under."""
    slm_response_timeout_ms: int = Field(default=150, ge=10, le=10_000, validation_alias="SLM_RESPONSE_TIMEOUT_MS")
    """SLM_RESPONSE_TIMEOUT_MS. Longest wait for another wording, never longer than the caller waits."""

    def nameless_models(self) -> list[str]:
        """One line for each model that is asked for without its name."""
        nameless = self.slm_response_url and not self.slm_response_model
        return ["SLM_RESPONSE_MODEL: expected together with SLM_RESPONSE_URL"] if nameless else []

    def backends(self) -> tuple[Backend, ...]:
        """The model server to ask; none without SLM_RESPONSE_URL."""
        if not self.slm_response_url:
            return ()
        wait = self.slm_response_timeout_ms
        return (self.backend("slm", self.slm_response_url, self.slm_response_model, wait),)
