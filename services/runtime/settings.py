"""Settings that every service shares, and how all settings are read: once, at start-up, from the
environment or a `.env` file in the working directory."""

import os
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, Self, TypeVar

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from runtime.clock import Clock, clock_from
from runtime.errors import Kind, PulpoError
from runtime.observability.logs import get_logger
from runtime.rpc.call_limits import CALLS_AT_ONCE, Bounds
from runtime.rpc.callers import CallerBook
from runtime.rpc.identity import LEAST_CHARS, UNNAMED, Credential, Door, listed_in, tokens_in
from runtime.rpc.tls import TlsFiles

CALLERS_FILE = "callers.json"
"""The file of callers in the data folder."""


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
    workspaces_target: str = ""
    """PULPO_WORKSPACES_TARGET. host:port of the gateway's gRPC, whose store the workspaces are had from; empty for a
    service that runs alone and reads the folder. The gateway itself takes the folder up into its store."""
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

    calls_at_once: int = Field(default=CALLS_AT_ONCE, ge=1, le=100_000)
    """PULPO_CALLS_AT_ONCE. gRPC calls served at a time. One more is refused at once with RESOURCE_EXHAUSTED and a
    RetryInfo: it would only make those wait that are served. The gateway takes 1,000 at least: messages that wait for
    their turn are calls too, and how many turns run is bounded apart from them."""

    tls_cert: Path | None = None
    """PULPO_TLS_CERT. PEM file of this service's certificate; with the two below, services speak mutual TLS."""
    tls_key: Path | None = None
    """PULPO_TLS_KEY. PEM file of its private key."""
    tls_ca: Path | None = None
    """PULPO_TLS_CA. PEM file of the authorities whose certificates are believed."""

    mesh_key: SecretStr = SecretStr("")
    """PULPO_MESH_KEY. This service's own key, by which it knows its callers' tokens (`pulpo keys`); while it is being
    replaced the new one and the old one, separated by commas."""
    mesh_tokens: SecretStr = SecretStr("")
    """PULPO_MESH_TOKENS. What this service shows to those that it calls: service=token, separated by commas."""
    caller_tokens: SecretStr = SecretStr("")
    """PULPO_CALLER_TOKENS. Callers outside the mesh: name=token or name:Grant+Grant=token, separated by commas."""
    callers_file: Path | None = None
    """PULPO_CALLERS_FILE. File of callers outside the mesh (`pulpo callers`), read again when it changes; callers.json
    in the data folder when unset. There need not be one."""
    identity: Literal["enforce", "report"] = "enforce"
    """PULPO_IDENTITY. report serves callers that show neither token nor certificate as if they were a service of the
    mesh, and counts them: for the time in which pods of a release without identities are replaced (docs/operate.md)."""

    @field_validator("mesh_key", "mesh_tokens", "caller_tokens")
    @classmethod
    def _secrets_are_readable(cls, text: SecretStr, info: ValidationInfo) -> SecretStr:
        said = text.get_secret_value()
        if info.field_name == "mesh_tokens":
            tokens_in(said)
        elif info.field_name == "caller_tokens":
            listed_in(said)
        elif any(len(key) < LEAST_CHARS for key in _listed(said)):
            raise ValueError(f"expected a key of at least {LEAST_CHARS} characters")
        return text

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
    def bounds(self) -> Bounds:
        """The limits of this service's gRPC server."""
        return Bounds(calls=self.calls_at_once)

    def door(self, callers: Mapping[str, Collection[str]], free: Collection[str] = ()) -> Door:
        """Who may call this service: `callers` names those of each method; `free` is open to anybody on this machine
        in development. Raises PulpoError IDENTITY_MISSING in production when nobody could prove who they are, and
        CALLERS_FILE."""
        production, keys = self.profile == "production", _listed(self.mesh_key.get_secret_value())
        if production and not keys and self.tls is None:
            raise _missing("PULPO_MESH_KEY, or PULPO_TLS_CERT, _KEY and _CA")
        listed = listed_in(self.caller_tokens.get_secret_value())
        if any(each.name == UNNAMED for each in listed):
            get_logger(__name__).warning("PULPO_CALLER_TOKENS: a token without a name is deprecated, write name=token")
        reports = self.identity == "report"
        if reports:
            get_logger(__name__).warning("PULPO_IDENTITY=report: whoever shows nothing is served as the mesh's own")
        book = CallerBook(self.callers_path)
        return Door(keys, callers, listed, () if production else free, reports=reports, book=book)

    @property
    def callers_path(self) -> Path:
        """The file of callers outside the mesh."""
        return self.callers_file or self.data_dir / CALLERS_FILE

    def shows(self, caller: str, callee: str) -> Credential | None:
        """What the service `caller` shows to `callee`; None without a token for it."""
        token = tokens_in(self.mesh_tokens.get_secret_value()).get(callee)
        return Credential(caller, token) if token else None

    def must_show(self, caller: str, callee: str) -> Credential | None:
        """The same. Raises PulpoError IDENTITY_MISSING in production when there is neither token nor certificate."""
        shown = self.shows(caller, callee)
        if shown is None and self.tls is None and self.profile == "production":
            raise _missing(f"PULPO_MESH_TOKENS with {callee}=token, or PULPO_TLS_CERT, _KEY and _CA")
        return shown

    @property
    def migrates(self) -> bool:
        """Whether a service migrates its database when it starts. In production somebody decides when."""
        return self.profile == "development"

    def make_clock(self) -> Clock:
        """The clock that these settings ask for. A simulated one starts when this is called."""
        return clock_from(self.clock)


@dataclass(frozen=True)
class Pool:
    """How a process connects to PostgreSQL. Ignored on SQLite."""

    connections: int = 4
    """Most connections of its work; one more says whether the database answers."""
    pooler: Literal["none", "session", "transaction"] = "none"
    """Mode of the connection pooler in front of PostgreSQL: it lends connections for a session or a transaction."""


class DatabaseSettings(Settings):
    """Settings of a service that keeps tables."""

    database_pool: int = Field(default=4, ge=1, le=100)
    """PULPO_DATABASE_POOL. Most connections that the work of one process has to PostgreSQL; one more says whether
    it answers."""
    database_pooler: Literal["none", "session", "transaction"] = "none"
    """PULPO_DATABASE_POOLER. The mode of a pooler like PgBouncer in front of PostgreSQL; none when there is no
    pooler. With transaction, no prepared statement outlives its use. One that is there and not named here is
    found at start-up, and refused."""

    shared_port: bool = False
    """PULPO_SHARED_PORT. Whether other processes of this service listen on its HTTP port, too, as `pulpo up` has them
    with PULPO_WORKERS. They need PostgreSQL."""

    def refuse_shared_file(self, database_url: str) -> None:
        """Raises ValueError where several processes would write one file of SQLite."""
        if self.shared_port and database_url.startswith("sqlite"):
            raise ValueError("PULPO_SHARED_PORT: several processes need PostgreSQL, since SQLite's file has one writer")

    @property
    def pool(self) -> Pool:
        """These settings as a Pool."""
        return Pool(self.database_pool, self.database_pooler)


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _missing(what: str) -> PulpoError:
    return PulpoError(Kind.FAILED_PRECONDITION, "IDENTITY_MISSING", f"Expected {what} in the production profile.")


S = TypeVar("S", bound=Settings)


def load(settings: type[S]) -> S:
    """Reads settings, or ends the process with status 2 after naming everything wrong at once. A process that a
    supervisor has started reads no `.env`: it was given what is for it."""
    try:
        return settings(_env_file=None) if os.environ.get("PULPO_SUPERVISED") else settings()
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
