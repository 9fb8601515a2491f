"""The agenda's settings."""

from typing import Annotated, Self

from pydantic import AliasChoices, BeforeValidator, Field, model_validator
from pydantic_settings import NoDecode

from runtime.data.database import sqlite_url
from runtime.settings import DatabaseSettings


def _words(value: object) -> object:
    return tuple(word.strip() for word in value.split(",") if word.strip()) if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)]
"""Words between commas."""


class AgendaDatabaseSettings(DatabaseSettings):
    """What `python -m agenda migrate` needs to know."""

    agenda_database_url: str = Field(default="", repr=False)
    """PULPO_AGENDA_DATABASE_URL. sqlite+aiosqlite:///FILE or postgresql+asyncpg://…; agenda.db in the
    data folder when unset."""

    @model_validator(mode="after")
    def _database_is_known(self) -> Self:
        url = self.agenda_database_url
        if url and not url.startswith(("sqlite+aiosqlite://", "postgresql+asyncpg://")):
            raise ValueError("PULPO_AGENDA_DATABASE_URL: expected sqlite+aiosqlite:// or postgresql+asyncpg://")
        self.refuse_shared_file(self.database_url)
        return self

    @property
    def database_url(self) -> str:
        """The URL of the database."""
        return self.agenda_database_url or sqlite_url(self.data_dir, "agenda")


class AgendaSettings(AgendaDatabaseSettings):
    """Settings of the agenda."""

    agenda_port: int = Field(default=8090, ge=0, le=65535)
    """PULPO_AGENDA_PORT. Port of the MCP endpoint and health; 0 takes any free one."""
    agenda_metrics_port: int = Field(default=9055, ge=0, le=65535)
    """PULPO_AGENDA_METRICS_PORT. Port of /metrics over HTTP; 0 for none."""
    agenda_default_workspace: str = Field(
        default="estudio-pulpo",
        validation_alias=AliasChoices("AGENDA_DEFAULT_WORKSPACE", "PULPO_AGENDA_DEFAULT_WORKSPACE"),
    )
    """AGENDA_DEFAULT_WORKSPACE. Workspace of calls that name none. Not used in production, where such
    calls are refused."""
    agenda_allowed_hosts: Words = ("127.0.0.1:*", "localhost:*", "[::1]:*", "agenda:*")
    """PULPO_AGENDA_ALLOWED_HOSTS. Host headers that are served, with commas between them; `:*` is any
    port. Anything else gets 421, so that no web page can reach the tools by DNS rebinding."""
    agenda_max_body_bytes: int = Field(default=65_536, ge=1_024, le=1_048_576)
    """PULPO_AGENDA_MAX_BODY_BYTES. Largest request; a larger one gets 413."""
    agenda_max_requests: int = Field(default=512, ge=1, le=100_000)
    """PULPO_AGENDA_MAX_REQUESTS. Tool calls served at a time; more get 503, and health is answered still."""

    @property
    def default_workspace(self) -> str | None:
        """The workspace of calls that name none, or None where they are refused."""
        return self.agenda_default_workspace if self.profile == "development" else None
