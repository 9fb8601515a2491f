"""The first tables: counts and begun writes."""

import sqlalchemy as sa
from alembic.operations import Operations

revision = "0001"
down_revision = None


def upgrade(op: Operations) -> None:
    """Makes them."""
    op.create_table(
        "broker_counts",
        sa.Column("name", sa.String(200), primary_key=True),
        sa.Column("start", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("ends", sa.Integer, nullable=False),
    )
    op.create_index("ix_broker_counts_ends", "broker_counts", ["ends"])
    op.create_table(
        "broker_writes",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("workspace", sa.String(40), nullable=False),
        sa.Column("tool", sa.String(64), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("at", sa.Integer, nullable=False),
    )
    op.create_index("ix_broker_writes_at", "broker_writes", ["at"])
