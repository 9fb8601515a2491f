"""Settings of the extractor."""

from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from extractor.slm_backend import Backend
from extractor.slm_confidence import Calibration
from extractor.slm_reader import Sureness
from runtime.settings import Settings


class ExtractorSettings(Settings):
    """What the extractor reads from its environment, besides what every service reads."""

    extractor_port: int = Field(default=50051, ge=0, le=65535)
    """PULPO_EXTRACTOR_PORT. Port of the gRPC server; 0 for any free one."""
    extractor_metrics_port: int = Field(default=9051, ge=0, le=65535)
    """PULPO_EXTRACTOR_METRICS_PORT. Port of /metrics over HTTP; 0 for none."""
    slm_extractor_url: str = Field(default="", validation_alias="SLM_EXTRACTOR_URL")
    """SLM_EXTRACTOR_URL. Base URL of an OpenAI-compatible server, e.g. http://vllm:8000/v1; no model when empty."""
    slm_extractor_model: str = Field(default="", validation_alias="SLM_EXTRACTOR_MODEL")
    """SLM_EXTRACTOR_MODEL. The name that it serves the model under."""
    slm_extractor_timeout_ms: int = Field(default=1000, ge=10, le=10_000, validation_alias="SLM_EXTRACTOR_TIMEOUT_MS")
    """SLM_EXTRACTOR_TIMEOUT_MS. Longest wait for a model's reading, never longer than the caller waits."""
    slm_extractor_max_tokens: int = Field(default=256, ge=16, le=1024, validation_alias="SLM_EXTRACTOR_MAX_TOKENS")
    """SLM_EXTRACTOR_MAX_TOKENS. Most tokens of one reading."""
    slm_confidence_threshold: float = Field(default=0.7, ge=0, le=1, validation_alias="SLM_CONFIDENCE_THRESHOLD")
    """SLM_CONFIDENCE_THRESHOLD. Calibrated confidence under which a model's reading is not used."""
    slm_extractor_calibration: str = Field(default="1", validation_alias="SLM_EXTRACTOR_CALIBRATION")
    """SLM_EXTRACTOR_CALIBRATION. How the model's probability becomes a confidence: a temperature ("1.8"), or a
    table of raw and true ("0.5:0.3,0.9:0.75,0.99:0.95")."""
    slm_fallback_to_llm: bool = Field(default=False, validation_alias="SLM_FALLBACK_TO_LLM")
    """SLM_FALLBACK_TO_LLM. Whether a second, larger model is asked before the CPU reading is used."""
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

    @field_validator("slm_extractor_url", "slm_fallback_to_llm_url")
    @classmethod
    def _urls_are_whole(cls, text: str) -> str:
        parts = urlsplit(text)
        if text and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment):
            raise ValueError("expected a URL like http://vllm:8000/v1")
        return text.rstrip("/")

    @field_validator("slm_extractor_calibration")
    @classmethod
    def _calibration_is_readable(cls, text: str) -> str:
        Calibration.parse(text)
        return text

    @model_validator(mode="after")
    def _models_are_named(self) -> Self:
        problems = []
        if self.slm_extractor_url and not self.slm_extractor_model:
            problems.append("SLM_EXTRACTOR_MODEL: expected together with SLM_EXTRACTOR_URL")
        if self.slm_fallback_to_llm and not self.slm_fallback_to_llm_model:
            problems.append("SLM_FALLBACK_TO_LLM_MODEL: expected together with SLM_FALLBACK_TO_LLM")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def sureness(self) -> Sureness:
        """When a model is sure enough to be believed."""
        return Sureness(Calibration.parse(self.slm_extractor_calibration), self.slm_confidence_threshold)

    def backends(self) -> tuple[Backend, ...]:
        """The model servers to ask, best first; none without SLM_EXTRACTOR_URL."""
        if not self.slm_extractor_url:
            return ()
        key, url = self.slm_api_key.get_secret_value(), self.slm_extractor_url
        first = Backend("slm", url, self.slm_extractor_model, self.slm_extractor_timeout_ms / 1000, key)
        if not self.slm_fallback_to_llm:
            return (first,)
        url, wait = self.slm_fallback_to_llm_url or url, self.slm_fallback_to_llm_timeout_ms / 1000
        return (first, Backend("llm", url, self.slm_fallback_to_llm_model, wait, key))
