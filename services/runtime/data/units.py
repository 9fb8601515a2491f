"""Units of work: a transaction written once, as a generator, for SQLite and PostgreSQL.

A unit yields what is to be run, a `Statement` with its values, gets the rows, and returns its result. Nothing else may
be waited for inside. So SQLite can run it in one hop to a thread, and many units in one commit (`sqlite_writer`), and
PostgreSQL in one transaction on a connection of the pool. Its statements are text: nothing is built or compiled for a
message.
"""

import itertools
import re
from collections import namedtuple
from collections.abc import Callable, Generator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")
_VALUE = re.compile(r"(?<!:):(\w+)")
_LOCKS = re.compile(r"\s+FOR UPDATE\b")


class Statement:
    """A statement in text, for both databases. Each value is written `:name`."""

    def __init__(self, text: str) -> None:
        """`FOR UPDATE` is left out on SQLite, where a transaction that may write is alone."""
        self._names = _VALUE.findall(text)
        self.sqlite = _LOCKS.sub("", text)
        # a number for each place: PostgreSQL takes a value's type from where it stands, and wants one for each number
        numbers = itertools.count(1)
        self.postgresql = _VALUE.sub(lambda _: f"${next(numbers)}", text)

    def __call__(self, **values: Any) -> "Query":
        """The statement with its values."""
        return Query(self, values)

    def ordered(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """Values in the order of PostgreSQL's numbers."""
        return tuple(values[name] for name in self._names)


class Query(NamedTuple):
    """A statement and its values."""

    statement: Statement
    values: Mapping[str, Any]


Rows = Sequence[Any]
"""What a query found or, with RETURNING, changed; columns by name."""
Work = Generator[Query, Rows, T]
"""A unit under way."""
Unit = Callable[[float], Work[T]]
"""Begins a unit at a time, in seconds since 1970."""
_NOW = "SELECT CAST(extract(epoch FROM clock_timestamp()) AS double precision)"


def run_work(work: Work[T], execute: Callable[[Query], Rows]) -> T:
    """Runs a unit to its end. An error of a statement ends it: the unit is not asked what to do about it."""
    try:
        query = next(work)
        while True:
            query = work.send(execute(query))
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        work.close()


async def run_on(connection: Any, unit: Unit[T], clock: Callable[[], float] | None) -> T:
    """Runs a unit in a transaction of PostgreSQL, on a connection of asyncpg, which keeps statements prepared unless it
    was told of a pooler. The server says what time it is unless `clock` does."""
    async with connection.transaction():
        work = unit(clock() if clock else await connection.fetchval(_NOW))
        try:
            query = next(work)
            while True:
                found = await connection.fetch(query.statement.postgresql, *query.statement.ordered(query.values))
                query = work.send(_named(found))
        except StopIteration as end:
            result: T = end.value
            return result
        finally:
            work.close()


def _named(found: Sequence[Any]) -> Rows:
    """The driver's rows with columns as attributes."""
    return list(map(row_type(tuple(found[0].keys())), found)) if found else ()


@lru_cache(maxsize=256)
def row_type(names: tuple[str, ...]) -> Callable[..., Any]:
    """Makes rows with these columns."""
    make: Any = namedtuple  # a checker wants names that are known before
    kind: Callable[..., Any] = make("Row", names, rename=True)._make
    return kind
