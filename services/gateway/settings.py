"""Settings of the gateway."""

from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from gateway.budget import Limits
from gateway.callers import Callers, tokens_in
from gateway.outgoing import STATUS_PATH, Credentials
from gateway.reducer import Rules
from gateway.track import parse_enabled, parse_percent
from gateway.track_lines import ENABLED, PERCENT, SHADOW
from runtime.database import sqlite_url
from runtime.settings import Settings

DEVELOPMENT_TOKEN = "dev-token"  # noqa: S105 - refused in production
"""What webhooks are signed with on a developer's machine."""


class GatewayDatabaseSettings(Settings):
    """What `python -m gateway migrate` needs to know."""

    gateway_database_url: str = Field(default="", repr=False)
    """PULPO_GATEWAY_DATABASE_URL. sqlite+aiosqlite or postgresql+asyncpg; gateway.db in the data folder when empty."""

    @property
    def database_url(self) -> str:
        """The URL of the database."""
        return self.gateway_database_url or sqlite_url(self.data_dir, "gateway")


class TrackSettings(Settings):
    """What decides about tracks, where no file says otherwise."""

    enable_slm_pipeline: str = Field(default="false", validation_alias=ENABLED)
    """ENABLE_SLM_PIPELINE. true or false; false puts everybody on the legacy track."""
    slm_canary_percent: str = Field(default="", validation_alias=PERCENT)
    """SLM_CANARY_PERCENT. 0 to 100; with the pipeline enabled, 0 or nothing means everybody."""
    slm_shadow_percent: str = Field(default="", validation_alias=SHADOW)
    """SLM_SHADOW_PERCENT. 0 to 100; this share of turns is read and planned on the other track too, to compare."""
    track_file: str = ""
    """PULPO_TRACK_FILE. Lines NAME=VALUE that override the three without a restart; tracks.env in the data folder
    when empty."""

    @property
    def track_path(self) -> Path:
        """The watched file; it need not be there."""
        return Path(self.track_file) if self.track_file else self.data_dir / "tracks.env"

    def track_lines(self) -> dict[str, str]:
        """The three settings by their names."""
        values = (self.enable_slm_pipeline, self.slm_canary_percent, self.slm_shadow_percent)
        return dict(zip((ENABLED, PERCENT, SHADOW), values, strict=True))

    @field_validator("enable_slm_pipeline")
    @classmethod
    def _enabled_is_readable(cls, text: str) -> str:
        parse_enabled(text)
        return text

    @field_validator("slm_canary_percent", "slm_shadow_percent")
    @classmethod
    def _percent_is_readable(cls, text: str) -> str:
        parse_percent(text)
        return text


class GatewaySettings(GatewayDatabaseSettings, TrackSettings):
    """What the gateway reads from its environment, besides what every service reads."""

    http_port: int = Field(default=8080, ge=0, le=65535)
    """PULPO_HTTP_PORT. Port of webhooks, health and metrics; 0 for any free one."""
    gateway_grpc_port: int = Field(default=50050, ge=0, le=65535)
    """PULPO_GATEWAY_GRPC_PORT. Port of ConversationService; 0 for any free one."""
    twilio_auth_token: SecretStr = Field(default=SecretStr(DEVELOPMENT_TOKEN), validation_alias="TWILIO_AUTH_TOKEN")
    """TWILIO_AUTH_TOKEN. Verifies webhooks. Production refuses the development token."""
    twilio_account_sid: str = Field(default="", validation_alias="TWILIO_ACCOUNT_SID")
    """TWILIO_ACCOUNT_SID. With it, replies that cannot leave in the webhook go by Twilio's REST API."""
    twilio_api_key: str = Field(default="", validation_alias="TWILIO_API_KEY")
    """TWILIO_API_KEY. Calls Twilio with this key instead of account and auth token."""
    twilio_api_secret: SecretStr = Field(default=SecretStr(""), validation_alias="TWILIO_API_SECRET")
    """TWILIO_API_SECRET. The key's secret."""
    twilio_api_url: str = "https://api.twilio.com"
    """PULPO_TWILIO_API_URL. Base URL of Twilio's REST API."""
    twilio_call_s: float = Field(default=10.0, gt=0, le=60)
    """PULPO_TWILIO_CALL_S. Seconds that one call to Twilio may take."""
    ack_after_s: float = Field(default=8.0, gt=0, le=14)
    """PULPO_ACK_AFTER_S. Seconds after which a webhook is acknowledged and its reply goes by REST."""
    settle_s: float = Field(default=15.0, ge=0, le=600)
    """PULPO_SETTLE_S. Seconds that Twilio may take to list a message that it has taken."""
    public_url: str = ""
    """PULPO_PUBLIC_URL. Scheme and host as Twilio calls them, several separated by commas. Required in production."""
    extractor_target: str = "127.0.0.1:50051"
    """PULPO_EXTRACTOR_TARGET. host:port or dns:///name:port of the extractor."""
    planner_target: str = "127.0.0.1:50052"
    """PULPO_PLANNER_TARGET. The same of the planner."""
    broker_target: str = "127.0.0.1:50053"
    """PULPO_BROKER_TARGET. The same of the broker."""
    nlg_target: str = "127.0.0.1:50054"
    """PULPO_NLG_TARGET. The same of nlg."""
    caller_tokens: SecretStr = SecretStr("")
    """PULPO_CALLER_TOKENS. Who shows one of these may choose the track; separated by commas. Nobody when empty."""
    turn_s: float = Field(default=10.0, gt=2, le=14)
    """PULPO_TURN_S. Seconds in which a customer has an answer; Twilio waits for 15."""
    extract_s: float = Field(default=2.5, gt=0, le=14)
    """PULPO_EXTRACT_S. Seconds that one Extract call may take."""
    plan_s: float = Field(default=2.0, gt=0, le=14)
    """PULPO_PLAN_S. Seconds that one Plan call may take."""
    execute_s: float = Field(default=5.0, gt=0, le=14)
    """PULPO_EXECUTE_S. Seconds that one Execute call may take."""
    compose_s: float = Field(default=2.0, gt=0, le=14)
    """PULPO_COMPOSE_S. Seconds that the Compose call may take."""
    turns_at_once: int = Field(default=32, ge=1, le=10_000)
    """PULPO_TURNS_AT_ONCE. Turns that one gateway runs at the same time; beyond that messages wait, and are refused
    (503) when the wait would be too long."""
    lease_s: float = Field(default=5.0, ge=1, le=120)
    """PULPO_LEASE_S. Seconds after which a message whose process died may be taken over; renewed while it lives."""
    body_s: float = Field(default=5.0, gt=0, le=30)
    """PULPO_BODY_S. Seconds that a request's body may take to arrive."""
    idle_h: float = Field(default=24.0, gt=0, le=720)
    """PULPO_IDLE_H. Hours of silence after which an open task is forgotten."""
    unsure_below: float = Field(default=0.6, ge=0, le=1)
    """PULPO_UNSURE_BELOW. Confidence under which two close readings of a message are put to the customer."""
    close_within: float = Field(default=0.15, ge=0, le=1)
    """PULPO_CLOSE_WITHIN. How close the two readings must be."""

    @field_validator("caller_tokens")
    @classmethod
    def _tokens_are_long(cls, text: SecretStr) -> SecretStr:
        tokens_in(text.get_secret_value())
        return text

    @field_validator("public_url", "twilio_api_url")
    @classmethod
    def _urls_are_whole(cls, text: str) -> str:
        for url in _listed(text):
            parts = urlsplit(url)
            if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
                raise ValueError("expected URLs like https://wa.example.com, separated by commas")
        return text

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        problems = []
        if bool(self.twilio_api_key) != bool(self.twilio_api_secret.get_secret_value()):
            problems.append("TWILIO_API_KEY: expected together with TWILIO_API_SECRET")
        if self.twilio_api_key and not self.twilio_account_sid:
            problems.append("TWILIO_ACCOUNT_SID: expected together with TWILIO_API_KEY")
        if self.profile == "production":
            token = self.twilio_auth_token.get_secret_value().strip()
            if token in ("", DEVELOPMENT_TOKEN):
                problems.append("TWILIO_AUTH_TOKEN: expected the account's auth token in the production profile")
            if not _listed(self.public_url):
                problems.append("PULPO_PUBLIC_URL: expected the URL that Twilio calls in the production profile")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def public_urls(self, port: int) -> tuple[str, ...]:
        """The base URLs that signatures may be over, given the port that is really listened on."""
        listed = _listed(self.public_url)
        if listed:
            return listed
        return (f"http://127.0.0.1:{port}", f"http://localhost:{port}")

    def credentials(self) -> Credentials | None:
        """How to call Twilio; None when replies can only leave in webhooks."""
        if not self.twilio_account_sid:
            return None
        secret = self.twilio_api_secret if self.twilio_api_key else self.twilio_auth_token
        user = self.twilio_api_key or self.twilio_account_sid
        return Credentials(self.twilio_api_url.rstrip("/"), self.twilio_account_sid, user, secret.get_secret_value())

    def callback_url(self) -> str:
        """Where Twilio is to tell what became of a message; nothing without a public URL."""
        listed = _listed(self.public_url)
        return f"{listed[0]}{STATUS_PATH}" if listed else ""

    def limits(self) -> Limits:
        """How long a turn and its stages may take."""
        return Limits(
            self.turn_s, self.extract_s, self.plan_s, self.execute_s, self.compose_s, at_once=self.turns_at_once
        )

    def callers(self) -> Callers:
        """Who may choose the track."""
        return Callers(tokens_in(self.caller_tokens.get_secret_value()))

    def rules(self) -> Rules:
        """When two readings are too close."""
        return Rules(self.unsure_below, self.close_within)

    def targets(self) -> dict[str, str]:
        """Where each service of the mesh is."""
        return {
            "extractor": self.extractor_target,
            "planner": self.planner_target,
            "broker": self.broker_target,
            "nlg": self.nlg_target,
        }


def _listed(text: str) -> tuple[str, ...]:
    return tuple(url.strip().rstrip("/") for url in text.split(",") if url.strip())
