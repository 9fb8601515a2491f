"""Whose a begun write was, as a hash, so that it can be forgotten with its customer."""

import sqlalchemy as sa
from alembic.operations import Operations

revision = "0002"
down_revision = "0001"


def upgrade(op: Operations) -> None:
    """Adds it; writes begun before are gone within a week."""
    op.add_column("broker_writes", sa.Column("conversation", sa.String(80), nullable=False, server_default=""))
    op.create_index("ix_broker_writes_conversation", "broker_writes", ["conversation"])
