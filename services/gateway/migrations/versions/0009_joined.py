"""The turn that a message joined, when a later message's reply answers it as well."""

import sqlalchemy as sa
from alembic.operations import Operations

revision = "0009"
down_revision = "0008"


def upgrade(op: Operations) -> None:
    """Adds it. Null is what the release before stores, which would not read what has joined its message."""
    op.add_column("inbox", sa.Column("joined", sa.String(32)))
