"""The services' databases, opened beside them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy.engine import make_url

from runtime.database import Database
from runtime.errors import Kind, PulpoError


def _is_there(database: Database, url: str) -> bool:
    file = make_url(url).database
    return not database.is_sqlite or not file or Path(file).exists()


@asynccontextmanager
async def opened(service: str, url: str) -> AsyncIterator[Database]:
    """A service's database, which must be there. Raises PulpoError NO_DATABASE."""
    database = Database(url)
    try:
        if not _is_there(database, url):
            raise PulpoError(Kind.NOT_FOUND, "NO_DATABASE", f"There is no database of {service} here; has it ever run?")
        yield database
    finally:
        await database.close()
