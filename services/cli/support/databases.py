"""Opens a service's database from the command line."""

import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy.engine import make_url

from runtime.data.database import DATABASE_ERRORS, Database
from runtime.errors import Kind, PulpoError
from runtime.settings import DatabaseSettings, load


def _is_there(database: Database, url: str) -> bool:
    file = make_url(url).database
    return not database.is_sqlite or not file or Path(file).exists()


@asynccontextmanager
async def opened(service: str, url: str) -> AsyncIterator[Database]:
    """A service's database, which must be there. Raises PulpoError NO_DATABASE, and POOLER_NOT_NAMED."""
    database = Database(url, pool=load(DatabaseSettings).pool)
    try:
        if not _is_there(database, url):
            raise PulpoError(Kind.NOT_FOUND, "NO_DATABASE", f"There is no database of {service} here; has it ever run?")
        with contextlib.suppress(*DATABASE_ERRORS):  # one that is away is told of when it is asked
            await database.refuse_unknown_pooler()
        yield database
    finally:
        await database.close()
