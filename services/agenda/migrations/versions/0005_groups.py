"""Which appointments belong to one request: several services that a customer asked for at once."""

import sqlalchemy as sa
from alembic.operations import Operations

revision = "0005"
down_revision = "0004"


def upgrade(op: Operations) -> None:
    """Adds the column; null is an appointment of its own, or the first of its request."""
    op.add_column("appointments", sa.Column("group_id", sa.String(9)))
