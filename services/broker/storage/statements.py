"""What the broker says to its database, as text for SQLite and PostgreSQL alike. Tables: `tables`."""

from functools import cache

from broker.domain.writes import StoredState
from runtime.data.units import Statement

# --- writes

STORED = Statement("SELECT state, attempt, answer FROM broker_writes WHERE key = :key")
PUT = Statement(f"""
    INSERT INTO broker_writes (key, conversation, workspace, tool, state, at, attempt, answer)
    VALUES (:key, :conversation, :workspace, :tool, :state, :at, :attempt, :answer)
    ON CONFLICT (key) DO UPDATE
        SET state = excluded.state, at = excluded.at, attempt = excluded.attempt, answer = excluded.answer
        WHERE broker_writes.state = '{StoredState.NOT_DONE}' AND broker_writes.attempt < excluded.attempt
    RETURNING key""")
"""A write that is new, or anew one of which an earlier attempt was not done."""
JOIN = Statement(f"""
    UPDATE broker_writes SET state = '{StoredState.UNKNOWN}' WHERE key = :key AND state = '{StoredState.BEGUN}'""")


def _end(state: StoredState, *before: StoredState) -> Statement:
    states = ", ".join(f"'{each}'" for each in before)
    return Statement(f"""
        UPDATE broker_writes SET state = '{state}', answer = :answer
        WHERE key = :key AND state IN ({states}) RETURNING key""")


END = {
    StoredState.DONE: _end(StoredState.DONE, *StoredState),
    StoredState.UNKNOWN: _end(StoredState.UNKNOWN, StoredState.BEGUN, StoredState.UNKNOWN, StoredState.NOT_DONE),
    StoredState.NOT_DONE: _end(StoredState.NOT_DONE, StoredState.BEGUN),
}
"""From which states a write may come to one. BEGUN is one call's alone: a second makes it UNKNOWN."""
FORGET_WRITES = Statement("DELETE FROM broker_writes WHERE at < :before")

# --- counts


@cache
def count(windows: int) -> Statement:
    """Adds one to each of so many windows. Returns what they hold now, and what those before them do."""
    rows = ", ".join(f"(:name{number}, :start{number}, 1, :ends{number})" for number in range(windows))
    return Statement(f"""
        INSERT INTO broker_counts (name, start, count, ends) VALUES {rows}
        ON CONFLICT (name, start) DO UPDATE SET count = broker_counts.count + 1
        RETURNING name, count, (
            SELECT earlier.count FROM broker_counts AS earlier WHERE earlier.name = broker_counts.name
                AND earlier.start = broker_counts.start - (broker_counts.ends - broker_counts.start) / 2)""")


@cache
def held(windows: int) -> Statement:
    """What so many windows and those before them hold."""
    # one condition for each: SQLite reads the whole table for a list of pairs
    asked = " OR ".join(
        f"(name = :name{number} AND start IN (:start{number}, :before{number}))" for number in range(windows)
    )
    return Statement(f"SELECT name, start, count FROM broker_counts WHERE {asked}")


FORGET_COUNTS = Statement("DELETE FROM broker_counts WHERE ends < :before")
