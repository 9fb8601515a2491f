"""Settings of the broker."""

from pydantic import Field

from runtime.data.database import sqlite_url
from runtime.rpc.identity import Credential
from runtime.settings import DatabaseSettings

USUAL_AGENDA = "http://127.0.0.1:8090/mcp"
"""Where manifests say that the agenda is."""


class BrokerDatabaseSettings(DatabaseSettings):
    """What `python -m broker migrate` needs to know."""

    broker_database_url: str = Field(default="", repr=False)
    """PULPO_BROKER_DATABASE_URL. sqlite+aiosqlite or postgresql+asyncpg; broker.db in the data folder when empty."""

    @property
    def database_url(self) -> str:
        """The URL of the database."""
        return self.broker_database_url or sqlite_url(self.data_dir, "broker")


class BrokerSettings(BrokerDatabaseSettings):
    """What the broker reads from the environment, besides what every service reads."""

    broker_port: int = Field(default=50053, ge=0, le=65535)
    """PULPO_BROKER_PORT. Port of its gRPC server; 0 takes any free one."""
    broker_metrics_port: int = Field(default=9053, ge=0, le=65535)
    """PULPO_BROKER_METRICS_PORT. Port of /metrics; 0 serves none."""
    agenda_url: str = ""
    """PULPO_AGENDA_URL. Where the agenda is when it is not on its usual port of this machine: stands in
    for http://127.0.0.1:8090/mcp in manifests."""
    broker_execute_timeout_s: float = Field(default=10.0, gt=0, le=60)
    """PULPO_BROKER_EXECUTE_TIMEOUT_S. Seconds for one request whose caller set no shorter deadline."""
    broker_watch_s: float = Field(default=2.0, ge=0, le=300)
    """PULPO_BROKER_WATCH_S. Seconds between two looks at the MCP servers; 0 never looks."""

    def shown_to_agenda(self) -> dict[str, Credential]:
        """The agenda's URL with what this broker shows there. Other tool servers are shown nothing. Raises PulpoError
        IDENTITY_MISSING in production when there is neither token nor certificate."""
        credential = self.must_show("broker", "agenda")
        return {self.agenda_url or USUAL_AGENDA: credential} if credential else {}
