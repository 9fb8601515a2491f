"""Comparisons of turns that both tracks have read and planned, and figures of turns, in the database."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Row, Select, select

from gateway.shadow.comparison import ShadowRecord
from gateway.storage.tables import shadows, turns
from gateway.storage.transactions import Transactions
from runtime.data.database import Database

MOST = 100_000
"""Most rows of a table that are looked at, the newest ones."""


@dataclass(frozen=True)
class TurnFigures:
    """A turn."""

    at: float
    """When it ended, seconds since 1970."""
    track: str
    outcome: str
    source: str
    """Who read the message."""
    plan_source: str
    instead: tuple[str, ...]
    """Stages that the other track answered, each with why, e.g. extract:UNAVAILABLE."""
    total_ms: float


@dataclass(frozen=True)
class Side:
    """What one track made of a turn."""

    track: str
    confidence: float
    source: str
    plan_source: str
    error: str
    """The stage that gave no answer, and why; empty when all was well."""
    ms: float
    """Reading and planning together."""


@dataclass(frozen=True)
class PairFigures:
    """A turn on both tracks."""

    at: float
    own: Side
    """The track that answered the customer."""
    other: Side
    agree: bool
    """Whether the first plans are one."""


@dataclass(frozen=True)
class Figures:
    """All that there is, oldest first."""

    now: float
    """The database's clock, seconds since 1970."""
    since: float
    """Nothing before this is among them."""
    turns: tuple[TurnFigures, ...]
    pairs: tuple[PairFigures, ...]


class Evidence:
    """Reads figures. Raises PulpoError DATABASE_UNAVAILABLE."""

    def __init__(self, database: Database) -> None:
        self._transactions = Transactions(database)

    async def figures(self, age_s: float, not_before: float = 0.0, workspace: str = "") -> Figures:
        """Those of the last `age_s` seconds, and after `not_before`; of one business, or of all."""
        async with self._transactions.read() as connection:
            now = await self._transactions.now(connection)
            since = max(now - age_s, not_before)
            ran = (await connection.execute(_newest(turns, turns.c.finished_at, since, workspace))).all()
            paired = (await connection.execute(_newest(shadows, shadows.c.noted_at, since, workspace))).all()
        return Figures(now, since, tuple(map(_turn, reversed(ran))), tuple(map(_pair, reversed(paired))))


def _newest(table: Any, at: Any, since: float, workspace: str) -> Select[Any]:
    query = select(table).where(at > since)
    if workspace:
        query = query.where(table.c.workspace_id == workspace)
    return query.order_by(at.desc()).limit(MOST)


def _turn(row: Row[Any]) -> TurnFigures:
    instead = tuple(f"{each['stage']}:{each['reason']}" for each in json.loads(row.instead))
    total_ms = json.loads(row.timings).get("total", 0.0)
    return TurnFigures(row.finished_at, row.track, row.outcome, row.source, row.plan_source, instead, total_ms)


def _pair(row: Row[Any]) -> PairFigures:
    return PairFigures(row.noted_at, _side(row, ""), _side(row, "other_"), not json.loads(row.plans_differ))


def _side(row: Row[Any], before: str) -> Side:
    """The columns of one track."""
    told = {name: getattr(row, before + name) for name in ("track", "confidence", "source", "plan_source", "error")}
    return Side(**told, ms=getattr(row, f"{before}extract_ms") + getattr(row, f"{before}plan_ms"))


class ComparisonStore:
    """Keeps comparisons. Raises PulpoError DATABASE_UNAVAILABLE."""

    def __init__(self, database: Database) -> None:
        self._transactions = Transactions(database)

    async def keep(self, record: ShadowRecord) -> None:
        """Stores a comparison, unless its turn has been erased or another process's is there already."""
        row = asdict(record) | {
            "slots_differ": json.dumps(record.slots_differ),
            "plans_differ": json.dumps(record.plans_differ),
        }
        row["workspace_id"] = row.pop("workspace")
        async with self._transactions.write() as (connection, now):
            told = select(turns.c.turn_id).where(
                turns.c.workspace_id == record.workspace,
                turns.c.turn_id == record.turn_id,
                turns.c.conversation_id != turns.c.turn_id,
            )
            if (await connection.execute(told.with_for_update())).first():
                insert = self._transactions.insert(shadows).values(**row, noted_at=now)
                await connection.execute(insert.on_conflict_do_nothing())
