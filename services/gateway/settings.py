"""Settings of the gateway."""

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from gateway.delivery.mail import MailServer
from gateway.domain.accounts import ACCOUNT_SID, LEAST_CHARS, Account, Accounts, is_weak, read_accounts
from gateway.domain.message import Limits
from gateway.domain.outgoing import STATUS_PATH
from gateway.domain.reducer import ReducerSettings
from gateway.edge.webhook_form import Judge
from gateway.tracks.share_file import ENABLED, PERCENT, SHADOW
from gateway.tracks.track import parse_enabled, parse_percent
from runtime.data.database import sqlite_url
from runtime.settings import DatabaseSettings, Settings

DEVELOPMENT_TOKEN = "dev-token"  # noqa: S105 - refused in production
"""What webhooks are signed with on a developer's machine."""


class GatewayDatabaseSettings(DatabaseSettings):
    """What `python -m gateway migrate` needs to know."""

    gateway_database_url: str = Field(default="", repr=False)
    """PULPO_GATEWAY_DATABASE_URL. sqlite+aiosqlite or postgresql+asyncpg; gateway.db in the data folder when empty."""

    @model_validator(mode="after")
    def _shares_no_file(self) -> Self:
        self.refuse_shared_file(self.database_url)
        return self

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


class TellingSettings(Settings):
    """How people of the businesses are told of customers who wait, other than by WhatsApp."""

    smtp_host: str = ""
    """PULPO_SMTP_HOST. The server that e-mail to people of the businesses is handed to; without it they get none."""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    """PULPO_SMTP_PORT. Its port; 465 goes with implicit."""
    smtp_tls: Literal["starttls", "implicit", "none"] = "starttls"
    """PULPO_SMTP_TLS. starttls, implicit or none; production refuses none but for a server on this machine."""
    smtp_user: str = ""
    """PULPO_SMTP_USER. Who logs in there; nobody when empty."""
    smtp_password: SecretStr = SecretStr("")
    """PULPO_SMTP_PASSWORD. Their password."""
    smtp_from: str = ""
    """PULPO_SMTP_FROM. The address that e-mail is from. Required with PULPO_SMTP_HOST."""
    smtp_call_s: float = Field(default=10.0, gt=0, le=60)
    """PULPO_SMTP_CALL_S. Seconds that one step of handing e-mail in may take."""
    callback_secret: SecretStr = SecretStr("")
    """PULPO_CALLBACK_SECRET. Signs calls of the URLs that manifests name, for each business with a key made of it;
    without it nobody is called. At least 16 characters."""

    def mail_server(self) -> MailServer | None:
        """Where e-mail is handed in; None when nowhere."""
        if not self.smtp_host:
            return None
        return MailServer(
            host=self.smtp_host,
            port=self.smtp_port,
            sender=self.smtp_from,
            tls=self.smtp_tls,
            user=self.smtp_user,
            password=self.smtp_password.get_secret_value(),
            timeout_s=self.smtp_call_s,
        )

    def telling_problems(self) -> list[str]:
        """What in these settings does not fit together."""
        problems = []
        if self.smtp_host and not re.fullmatch(r"[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+", self.smtp_from):
            problems.append("PULPO_SMTP_FROM: expected an address like pulpo@example.com together with PULPO_SMTP_HOST")
        if bool(self.smtp_user) != bool(self.smtp_password.get_secret_value()):
            problems.append("PULPO_SMTP_USER: expected together with PULPO_SMTP_PASSWORD")
        if self.profile == "production" and self.smtp_tls == "none" and not _is_loopback(self.smtp_host or "localhost"):
            problems.append("PULPO_SMTP_TLS: expected starttls or implicit in the production profile")
        if 0 < len(self.callback_secret.get_secret_value()) < LEAST_CHARS:
            problems.append(f"PULPO_CALLBACK_SECRET: expected at least {LEAST_CHARS} characters")
        return problems


class GatewaySettings(GatewayDatabaseSettings, TrackSettings, TellingSettings):
    """What the gateway reads from its environment, besides what every service reads."""

    http_port: int = Field(default=8080, ge=0, le=65535)
    """PULPO_HTTP_PORT. Port of webhooks and health; 0 for any free one."""
    gateway_grpc_port: int = Field(default=50050, ge=0, le=65535)
    """PULPO_GATEWAY_GRPC_PORT. Port of ConversationService; 0 for any free one."""
    gateway_metrics_port: int = Field(default=9050, ge=0, le=65535)
    """PULPO_GATEWAY_METRICS_PORT. Port of /metrics over HTTP; 0 for none."""
    twilio_auth_token: SecretStr = Field(default=SecretStr(DEVELOPMENT_TOKEN), validation_alias="TWILIO_AUTH_TOKEN")
    """TWILIO_AUTH_TOKEN. Verifies webhooks. Production refuses the development token, others that are published, and
    any under 16 characters."""
    twilio_auth_token_previous: SecretStr = Field(default=SecretStr(""), validation_alias="TWILIO_AUTH_TOKEN_PREVIOUS")
    """TWILIO_AUTH_TOKEN_PREVIOUS. Verifies webhooks as well, while the token is being replaced."""
    allow_development_token: bool = False
    """PULPO_ALLOW_DEVELOPMENT_TOKEN. Lets the development profile listen on others than the loopback interface with
    the published development token: whoever reaches the port can write as any customer."""
    twilio_accounts: Path | None = None
    """PULPO_TWILIO_ACCOUNTS. YAML or JSON file of further accounts and their numbers (docs/operate.md); the account
    of the environment has the others."""
    twilio_fields: str = ""
    """PULPO_TWILIO_FIELDS. Names of form fields that Twilio has begun to send after a text, separated by commas."""
    twilio_account_sid: str = Field(default="", validation_alias="TWILIO_ACCOUNT_SID")
    """TWILIO_ACCOUNT_SID. With it, replies that cannot leave in the webhook go by Twilio's REST API, and webhooks of
    other accounts are refused."""
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
    settle_s: float = Field(default=45.0, ge=0, le=600)
    """PULPO_SETTLE_S. Seconds that Twilio may take to list a message that it has taken: what may have left is sent
    again only when it is not listed for so long. Longer than it ever takes, because a customer minds a repeated reply
    as much as a late one, and lateness is only for replies that were truly lost."""
    public_url: str = ""
    """PULPO_PUBLIC_URL. Scheme and host as Twilio calls them, several separated by commas. Required in production,
    and https there."""
    extractor_target: str = "127.0.0.1:50051"
    """PULPO_EXTRACTOR_TARGET. host:port or dns:///name:port of the extractor."""
    planner_target: str = "127.0.0.1:50052"
    """PULPO_PLANNER_TARGET. The same of the planner."""
    broker_target: str = "127.0.0.1:50053"
    """PULPO_BROKER_TARGET. The same of the broker."""
    nlg_target: str = "127.0.0.1:50054"
    """PULPO_NLG_TARGET. The same of nlg."""
    extractor_slm_target: str = ""
    """PULPO_EXTRACTOR_SLM_TARGET. Address of the slm track's extractors, where no mesh routes by x-pulpo-track; the
    stable one's when empty."""
    planner_slm_target: str = ""
    """PULPO_PLANNER_SLM_TARGET. The same of the planner."""
    nlg_slm_target: str = ""
    """PULPO_NLG_SLM_TARGET. The same of nlg."""
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
    gateway_join_wait_s: float = Field(default=1.2, ge=0, le=5)
    """PULPO_GATEWAY_JOIN_WAIT_S. Seconds that a bare greeting, or the beginning of a sentence where nothing was asked,
    waits for more, to be answered together with it; 0 for never. Complete messages do not wait."""
    lease_s: float = Field(default=5.0, ge=1, le=120)
    """PULPO_LEASE_S. Seconds after which a message whose process died may be taken over; renewed while it lives."""
    body_s: float = Field(default=5.0, gt=0, le=30)
    """PULPO_BODY_S. Seconds that a request's body may take to arrive."""
    idle_h: float = Field(default=24.0, gt=0, le=720)
    """PULPO_IDLE_H. Hours of silence after which an open task is forgotten."""
    erasures_kept_days: int = Field(default=1095, ge=30, le=3650)
    """PULPO_ERASURES_KEPT_DAYS. Days for which it stays on record that a customer was forgotten."""
    unsure_below: float = Field(default=0.6, ge=0, le=1)
    """PULPO_UNSURE_BELOW. Confidence under which two close readings of a message are put to the customer."""
    close_within: float = Field(default=0.15, ge=0, le=1)
    """PULPO_CLOSE_WITHIN. How close the two readings must be."""

    @field_validator("twilio_fields")
    @classmethod
    def _fields_are_names(cls, text: str) -> str:
        Judge(_names(text))
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
        if self.twilio_account_sid and not re.fullmatch(ACCOUNT_SID, self.twilio_account_sid):
            problems.append("TWILIO_ACCOUNT_SID: expected AC and 32 lower-case hex digits")
        if self.twilio_accounts and not self.twilio_account_sid:
            problems.append("TWILIO_ACCOUNT_SID: expected together with PULPO_TWILIO_ACCOUNTS")
        problems += self.telling_problems()
        problems += self._in_production() if self.profile == "production" else self._in_development()
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _in_production(self) -> list[str]:
        """What production refuses."""
        problems = []
        tokens = {"TWILIO_AUTH_TOKEN": self.twilio_auth_token, "TWILIO_AUTH_TOKEN_PREVIOUS": self._previous()}
        for name, token in tokens.items():
            if token is not None and is_weak(token.get_secret_value()):
                problems.append(
                    f"{name}: expected the account's auth token in the production profile, "
                    f"at least {LEAST_CHARS} characters and no published one"
                )
        if any(is_weak(token) for account in self._of_numbers().values() for token in account.tokens):
            problems.append(f"PULPO_TWILIO_ACCOUNTS: expected auth tokens of at least {LEAST_CHARS} characters")
        listed = _listed(self.public_url)
        if not listed or any(urlsplit(url).scheme != "https" for url in listed):
            problems.append("PULPO_PUBLIC_URL: expected the https URL that Twilio calls in the production profile")
        return problems

    def _in_development(self) -> list[str]:
        """What development refuses: that others than this machine can sign."""
        tokens = {token for number in ("", *self._of_numbers()) for token in self.accounts().of(number).tokens}
        published = DEVELOPMENT_TOKEN in tokens
        if published and not self.allow_development_token and not _is_loopback(self.bind_host):
            return [
                "PULPO_BIND_HOST: expected a loopback address with the development token; set TWILIO_AUTH_TOKEN, or "
                "PULPO_ALLOW_DEVELOPMENT_TOKEN=true where nobody else reaches the port"
            ]
        return []

    def _previous(self) -> SecretStr | None:
        return self.twilio_auth_token_previous if self.twilio_auth_token_previous.get_secret_value() else None

    def _of_numbers(self) -> dict[str, Account]:
        """The accounts of the file, by number. Raises ValueError."""
        if self.twilio_accounts is None:
            return {}
        try:
            return read_accounts(self.twilio_accounts.read_text(encoding="utf-8"))
        except OSError:
            raise ValueError("PULPO_TWILIO_ACCOUNTS: expected a file that can be read") from None
        except ValueError as error:
            raise ValueError(f"PULPO_TWILIO_ACCOUNTS: {error}") from None

    def accounts(self) -> Accounts:
        """Whose each number is."""
        tokens = [token.get_secret_value() for token in (self.twilio_auth_token, self._previous()) if token]
        secret = self.twilio_api_secret.get_secret_value()
        default = Account(self.twilio_account_sid, tuple(tokens), self.twilio_api_key, secret)
        return Accounts(default, self._of_numbers())

    def judge(self) -> Judge:
        """What tells whether a form is one of Twilio's and no other."""
        return Judge(_names(self.twilio_fields))

    def public_urls(self, port: int) -> tuple[str, ...]:
        """The base URLs that signatures may be over, given the port that is really listened on."""
        listed = _listed(self.public_url)
        if listed:
            return listed
        return (f"http://127.0.0.1:{port}", f"http://localhost:{port}")

    @property
    def calls_twilio(self) -> bool:
        """Whether replies can leave other than in webhooks."""
        return bool(self.twilio_account_sid)

    @property
    def sending_lease_s(self) -> float:
        """Seconds for which one process holds a reply that it is sending: longer than a call to Twilio."""
        return self.twilio_call_s * 1.5 + 1

    def callback_url(self) -> str:
        """Where Twilio is to tell what became of a message; nothing without a public URL."""
        listed = _listed(self.public_url)
        return f"{listed[0]}{STATUS_PATH}" if listed else ""

    def limits(self) -> Limits:
        """How long a turn and its stages may take."""
        return Limits(
            self.turn_s, self.extract_s, self.plan_s, self.execute_s, self.compose_s, at_once=self.turns_at_once
        )

    def rules(self) -> ReducerSettings:
        """When two readings are too close."""
        return ReducerSettings(self.unsure_below, self.close_within)

    def targets(self) -> dict[str, str]:
        """Where each of the other services is."""
        return {
            "extractor": self.extractor_target,
            "planner": self.planner_target,
            "broker": self.broker_target,
            "nlg": self.nlg_target,
        }

    def slm_targets(self) -> dict[str, str]:
        """Where the slm track's services are that have an address of their own."""
        listed = {
            "extractor": self.extractor_slm_target,
            "planner": self.planner_slm_target,
            "nlg": self.nlg_slm_target,
        }
        return {name: target for name, target in listed.items() if target}


def _is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _listed(text: str) -> tuple[str, ...]:
    return tuple(url.strip().rstrip("/") for url in text.split(",") if url.strip())
