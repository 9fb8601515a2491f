"""Settings that every service shares, and how all settings are read: once, at start-up, from the
environment or a `.env` file in the working directory."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Literal, Self, TypeVar

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from runtime.clock import Clock, clock_from
from runtime.tls import TlsFiles


class Settings(BaseSettings):
    """Settings of any service. Frozen; names are environment variables with the prefix PULPO_."""

    model_config = SettingsConfigDict(
        env_prefix="PULPO_", env_file=".env", extra="ignore", frozen=True, populate_by_name=True, env_ignore_empty=True
    )

    profile: Literal["development", "production"] = "development"
    """PULPO_PROFILE. Production refuses the development secrets, the simulated clock and a database that
    has not been migrated."""
    data_dir: Path = Path("data")
    """PULPO_DATA_DIR. Folder of the SQLite databases."""
    workspaces_dir: Path = Path("k8s/base/workspaces")
    """PULPO_WORKSPACES_DIR. Folder of the workspace manifests."""
    workspaces_every_s: float = Field(default=5.0, ge=0, le=3600)
    """PULPO_WORKSPACES_EVERY_S. Seconds between two looks at the manifests; 0 never looks again."""
    clock: datetime | None = None
    """PULPO_CLOCK. Start of the simulated clock, ISO 8601 with offset; the real time when unset."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """PULPO_LOG_LEVEL."""
    bind_host: str = "127.0.0.1"
    """PULPO_BIND_HOST. Address that the servers listen on; 0.0.0.0 in a container."""
    drain_s: float = Field(default=5.0, ge=0, le=60)
    """PULPO_DRAIN_S. Seconds that calls under way may take to finish after SIGTERM."""
    drain_notice_s: float = Field(default=0.0, ge=0, le=30)
    """PULPO_DRAIN_NOTICE_S. Seconds to go on serving after saying NOT_SERVING, for balancers to notice."""

    tls_cert: Path | None = None
    """PULPO_TLS_CERT. PEM file of this service's certificate; with the two below, services speak mutual TLS."""
    tls_key: Path | None = None
    """PULPO_TLS_KEY. PEM file of its private key."""
    tls_ca: Path | None = None
    """PULPO_TLS_CA. PEM file of the authorities whose certificates are believed."""

    @model_validator(mode="after")
    def _tls_is_whole(self) -> Self:
        files = {"PULPO_TLS_CERT": self.tls_cert, "PULPO_TLS_KEY": self.tls_key, "PULPO_TLS_CA": self.tls_ca}
        missing = [name for name, file in files.items() if file is None]
        if missing and len(missing) < len(files):
            raise ValueError(f"{', '.join(missing)}: expected together with the rest of PULPO_TLS_*")
        return self

    @model_validator(mode="after")
    def _clock_is_sane(self) -> Self:
        if self.clock is not None and self.clock.tzinfo is None:
            raise ValueError("PULPO_CLOCK: expected an ISO 8601 time with its offset")
        if self.clock is not None and self.profile == "production":
            raise ValueError("PULPO_CLOCK: a simulated clock is refused in the production profile")
        return self

    @property
    def tls(self) -> TlsFiles | None:
        """The files of mutual TLS; None when services speak in the clear."""
        if self.tls_cert is None or self.tls_key is None or self.tls_ca is None:
            return None
        return TlsFiles(self.tls_cert, self.tls_key, self.tls_ca)

    @property
    def migrates(self) -> bool:
        """Whether a service migrates its database when it starts. In production somebody decides when."""
        return self.profile == "development"

    def make_clock(self) -> Clock:
        """The clock that these settings ask for. A simulated one starts when this is called."""
        return clock_from(self.clock)


S = TypeVar("S", bound=Settings)


def load(settings: type[S]) -> S:
    """Reads settings, or ends the process with status 2 after naming everything wrong at once."""
    try:
        return settings()
    except ValidationError as error:
        for line in explain(error, settings):
            print(f"settings: {line}", file=sys.stderr)  # noqa: T201 - start-up, before logging exists
        raise SystemExit(2) from None


def explain(error: ValidationError, settings: type[Settings]) -> list[str]:
    """One line per wrong setting: its variable and what was expected. Values are not repeated."""
    lines = []
    for detail in error.errors():
        message = detail["msg"].removeprefix("Value error, ")
        lines.append(f"{variable_of(settings, str(detail['loc'][0]))}: {message}" if detail["loc"] else message)
    return lines


def variable_of(settings: type[Settings], name: str) -> str:
    """The environment variable that a field (or its alias) is read from."""
    field = settings.model_fields.get(name)
    alias = field.validation_alias if field else name if name.isupper() else None
    return alias if isinstance(alias, str) else f"PULPO_{name.upper()}"
