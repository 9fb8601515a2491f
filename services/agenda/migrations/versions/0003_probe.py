"""A row that is written to see whether the database can write."""

import sqlalchemy as sa
from alembic.operations import Operations

revision = "0003"
down_revision = "0002"


def upgrade(op: Operations) -> None:
    """Adds its table."""
    op.create_table(
        "agenda_probe",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("filling", sa.LargeBinary, nullable=False),
    )
