"""The broker's tables. A change needs a migration; a test compares."""

from pathlib import Path

from sqlalchemy import Column, Integer, MetaData, String, Table, Text

from runtime.data.migrations import Schema
from runtime.data.probe import probe_table

METADATA = MetaData()
SCHEMA = Schema("broker", METADATA, Path(__file__).parents[1] / "migrations")
COUNTS = Table(
    "broker_counts",
    METADATA,
    Column("name", String(200), primary_key=True),
    Column("start", Integer, primary_key=True, autoincrement=False),
    Column("count", Integer, nullable=False),
    Column("ends", Integer, nullable=False, index=True),
)
WRITES = Table(
    "broker_writes",
    METADATA,
    Column("key", String(64), primary_key=True),
    Column("conversation", String(80), nullable=False, server_default="", index=True),
    Column("workspace", String(40), nullable=False),
    Column("tool", String(64), nullable=False),
    Column("state", String(10), nullable=False),
    Column("at", Integer, nullable=False, index=True),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("answer", Text, nullable=False, server_default=""),
)
PROBE = probe_table("broker", METADATA)
