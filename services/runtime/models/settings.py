"""Settings of services that ask models: one model of their own, and a larger one that they share."""

from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from runtime.models.backend import Backend, Engine
from runtime.settings import Settings


def _whole(text: str) -> str:
    parts = urlsplit(text)
    if text and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment):
        raise ValueError("expected a URL like http://vllm:8000/v1")
    return text.rstrip("/")


ServerUrl = Annotated[str, AfterValidator(_whole)]
"""Base URL of an OpenAI-compatible server, without a slash at its end; empty for none."""


class ModelSettings(Settings):
    """What every service reads that asks models."""

    slm_api_key: SecretStr = Field(default=SecretStr(""), validation_alias="SLM_API_KEY")
    """SLM_API_KEY. Sent to model servers as a bearer token; none when empty."""

    slm_engine: Engine = Field(default="vllm", validation_alias="SLM_ENGINE")
    """SLM_ENGINE. What serves the models: "vllm", or any server of the OpenAI chat API with structured outputs;
    "llama.cpp" for its own server, which is told the form of an answer as a grammar."""

    slm_at_once: int = Field(default=64, ge=1, le=1024, validation_alias="SLM_AT_ONCE")
    """SLM_AT_ONCE. Most questions that this process has under way at one model; with one more, code reads at once. For
    an engine that queues without bound, as llama.cpp does, about twice what it works at in parallel."""

    @model_validator(mode="after")
    def _models_are_named(self) -> Self:
        if problems := self.nameless_models():
            raise ValueError("; ".join(problems))
        return self

    def nameless_models(self) -> list[str]:
        """One line for each model that is asked for without its name."""
        return []

    def backend(self, rung: str, url: str, model: str, timeout_ms: int) -> Backend:
        """A model server with the shared key."""
        key = self.slm_api_key.get_secret_value()
        return Backend(rung, url, model, timeout_ms / 1000, key, self.slm_at_once, self.slm_engine)


class FallbackSettings(ModelSettings):
    """What a service reads besides that may ask a second, larger model."""

    slm_fallback_to_llm: bool = Field(default=False, validation_alias="SLM_FALLBACK_TO_LLM")
    """SLM_FALLBACK_TO_LLM. Whether a second, larger model is asked before code decides alone."""
    slm_fallback_to_llm_url: ServerUrl = Field(default="", validation_alias="SLM_FALLBACK_TO_LLM_URL")
    """SLM_FALLBACK_TO_LLM_URL. Its base URL; that of the first when empty."""
    slm_fallback_to_llm_model: str = Field(default="", validation_alias="SLM_FALLBACK_TO_LLM_MODEL")
    """SLM_FALLBACK_TO_LLM_MODEL. The name that it is served under."""
    slm_fallback_to_llm_timeout_ms: int = Field(
        default=1200, ge=10, le=10_000, validation_alias="SLM_FALLBACK_TO_LLM_TIMEOUT_MS"
    )
    """SLM_FALLBACK_TO_LLM_TIMEOUT_MS. Longest wait for it."""

    def nameless_models(self) -> list[str]:
        """One line for each model that is asked for without its name."""
        if self.slm_fallback_to_llm and not self.slm_fallback_to_llm_model:
            return ["SLM_FALLBACK_TO_LLM_MODEL: expected together with SLM_FALLBACK_TO_LLM"]
        return []

    def with_fallback(self, first: Backend) -> tuple[Backend, ...]:
        """The first model, and the larger one where that is asked for."""
        if not self.slm_fallback_to_llm:
            return (first,)
        url, wait = self.slm_fallback_to_llm_url or first.url, self.slm_fallback_to_llm_timeout_ms
        return (first, self.backend("llm", url, self.slm_fallback_to_llm_model, wait))
